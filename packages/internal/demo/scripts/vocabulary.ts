/** What customers do. What happens more often stands here more often. */
export const actions = [
  ...times(8, 'OpenAI API Call'),
  ...times(4, 'Anthropic API Call'),
  ...times(3, 'Pinecone Query'),
  ...times(3, 'AWS S3 Upload'),
  ...times(2, 'AWS Lambda Invocation'),
  ...times(2, 'Twilio SMS Sent'),
  ...times(2, 'SendGrid Email Sent'),
  ...times(1, 'Stripe Charge'),
  ...times(5, 'Page View: Dashboard'),
  ...times(3, 'Page View: Pricing'),
  ...times(3, 'Page View: Docs'),
  ...times(2, 'Page View: Settings'),
  ...times(2, 'Report Exported'),
  ...times(1, 'Plan Changed'),
]

export type Plan = 'free' | 'pro' | 'team' | 'enterprise'
export const plans: readonly Plan[] = ['free', 'free', 'pro', 'pro', 'team', 'enterprise']

export const firstNames = [
  'Ada',
  'José',
  'Zoë',
  'Łukasz',
  'Søren',
  'Chloé',
  'Нина',
  'Δημήτρης',
  '明',
  '유진',
  '花子',
  'नेहा',
].concat(['أمينة', 'Björn', 'Siobhán', 'Nguyễn', 'Grace', 'Linus', 'Margaret', 'Kenya', 'Tariq', 'Ines'])

export const lastNames = [
  'Lovelace',
  'Müller',
  'Østergård',
  'Петрова',
  'Παππάς',
  '李',
  '김',
  '山田',
  'शर्मा',
  'الزهراء',
].concat(["O'Neill", 'García', 'Çelik', 'Novák', 'Hopper', 'Hamilton', 'Okafor', 'van den Berg', 'Smith', 'Dubois'])

function times(often: number, action: string): string[] {
  return Array.from({ length: often }, () => action)
}

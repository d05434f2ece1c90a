import { enqueueStatement } from '@obsidianlaunch/events-postgres'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/prisma/client.ts'

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }) })
await prisma.$transaction(async (tx) => {
  await tx.invoice.create({ data: { customerId: 'user123' } })
  const { strings, values } = enqueueStatement([
    { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' },
  ])
  await tx.$executeRaw(strings, ...values)
})
await prisma.$disconnect()

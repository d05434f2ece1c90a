import { Clicks } from './clicks'

export default function Page() {
  return <Clicks />
}

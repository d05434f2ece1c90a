import { testKit } from './support/kit.ts'

testKit('newest')

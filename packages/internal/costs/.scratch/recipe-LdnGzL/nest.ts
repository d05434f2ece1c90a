import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'
import { CustomerInterceptor } from './customer.interceptor.ts'

const app = await NestFactory.create(AppModule)
app.useGlobalInterceptors(new CustomerInterceptor())
await app.listen(11670)

import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { withCustomer } from '@obsidianlaunch/events/context'
import { Observable } from 'rxjs'
import { customerOf } from './session.ts'

export class CustomerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const customerId = customerOf(context.switchToHttp().getRequest())
    return new Observable((subscriber) => withCustomer(customerId, () => next.handle().subscribe(subscriber)))
  }
}

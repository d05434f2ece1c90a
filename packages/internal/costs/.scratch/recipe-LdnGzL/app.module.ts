// oxlint-disable-next-line import/no-unassigned-import -- Nest wants it so
import 'reflect-metadata'
import { Body, Controller, Module, Post } from '@nestjs/common'
import { openReport } from './reports.ts'

class Reports {
  open(report: unknown) {
    return openReport(report)
  }
}
// oxlint-disable-next-line typescript/no-extraneous-class -- a module of Nest is one
export class AppModule {}

// Decorators without their syntax, which Node does not run as it stands.
const open = Object.getOwnPropertyDescriptor(Reports.prototype, 'open') ?? {}
Body()(Reports.prototype, 'open', 0)
Post()(Reports.prototype, 'open', open)
Controller('reports')(Reports)
Module({ controllers: [Reports] })(AppModule)

// Generated from spec/openapi.yaml by `pnpm generate`. Do not edit.

type IdentifyCustomer = {
  /** Your own stable id of the customer. Every event of the customer carries the same one. */
  customer_id: string
  /** The customer's name, as a person would write it. */
  name?: string
  /** The customer's e-mail address. **Assumption:** no form is checked here, since the provider states none; the server is the judge of what an address is. */
  email?: string
  /** Anything else that helps to analyse costs. **Source:** the guides. **Assumption:** production takes it too, though the REST reference does not list it. */
  properties?: Record<string, unknown>
  /** When the customer came to you, in seconds since 1970. **Source:** the REST reference calls it a timestamp; its sample has whole seconds. */
  created?: number
  /** The customer's plan, as you call it. **Source:** the REST reference. */
  plan?: string
  /** What the plan costs in an interval. **Source:** the REST reference calls it a string, and its sample has a number, so both are taken. */
  planValue?: string | number
  /** The currency of `planValue`, such as GBP. **Source:** the REST reference. */
  planCurrency?: string
  /** How often the plan is paid, such as monthly. **Source:** the REST reference. */
  planInterval?: string
  /** The company that the customer belongs to. **Source:** the REST reference. */
  companyName?: string
}

type TrackEvent = {
  /** The id with which the customer was identified. */
  customer_id: string
  /** The name of the event. */
  event: string
  /** What kind of event it is, such as Tech. **Source:** the older reference requires it, the newer one has it in its sample and not in its list, the guides do not know it: so it is optional. */
  category?: string
  /** Anything else that belongs to the event. **Source:** both references. **Assumption:** the development environment takes it too, though the guides say to put everything into the name. */
  property?: Record<string, unknown>
}

/** The body of each operation of the API. */
export interface Bodies {
  /** Identify a customer */
  identifyCustomer: IdentifyCustomer
  /** Track an event */
  trackEvent: TrackEvent
  /** Identify a customer in production */
  identifyCustomerInProduction: IdentifyCustomer
  /** Track an event in production */
  trackEventInProduction: TrackEvent
}

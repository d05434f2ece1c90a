// Generated from spec/openapi.yaml by `pnpm generate`. Do not edit.
export const defaultBaseUrl = "https://events.obsidianlaunch.co"

export const operationPaths = {
  "identifyCustomer": "/customer/test",
  "trackEvent": "/events/test",
  "identifyCustomerInProduction": "/customer",
  "trackEventInProduction": "/events"
} as const

// Generated from spec/openapi.yaml by `pnpm generate`. Do not edit.
export interface paths {
    "/customer/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Identify a customer
         * @description In the development environment: tells Obsidian who a customer is, so that the events that follow are booked to a known profile. Call it when
         *     somebody signs up, signs in or completes onboarding, and again when something changes.
         *
         *     **Assumption:** a later call replaces the fields that it has; no page says how repeated calls combine.
         */
        post: operations["identifyCustomer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Track an event
         * @description In the development environment: books one action to one customer: a page view, a button click, an API call that
         *     costs money. Keep names consistent across an application.
         *
         *     **Assumption:** there is no time stamp in the body, so an event is dated at its arrival.
         */
        post: operations["trackEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Identify a customer in production
         * @description In production: creates or updates what Obsidian knows of a customer.
         *
         *     **Source:** the REST reference; no guide uses this path.
         */
        post: operations["identifyCustomerInProduction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Track an event in production
         * @description In production: books one action to one customer.
         *
         *     **Source:** the REST reference; no guide uses this path.
         */
        post: operations["trackEventInProduction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description Who a customer is. Only the id is required: the guides give `name`, `email` and `properties` each time, the REST
         *     reference has name and e-mail as optional and does not know `properties`.
         */
        IdentifyCustomer: {
            /** @description Your own stable id of the customer. Every event of the customer carries the same one. */
            customer_id: string;
            /** @description The customer's name, as a person would write it. */
            name?: string;
            /**
             * @description The customer's e-mail address. **Assumption:** no form is checked here, since the provider states none; the
             *     server is the judge of what an address is.
             */
            email?: string;
            /**
             * @description Anything else that helps to analyse costs. **Source:** the guides. **Assumption:** production takes it too,
             *     though the REST reference does not list it.
             */
            properties?: {
                [key: string]: unknown;
            };
            /**
             * @description When the customer came to you, in seconds since 1970. **Source:** the REST reference calls it a timestamp; its
             *     sample has whole seconds.
             */
            created?: number;
            /** @description The customer's plan, as you call it. **Source:** the REST reference. */
            plan?: string;
            /**
             * @description What the plan costs in an interval. **Source:** the REST reference calls it a string, and its sample has a
             *     number, so both are taken.
             */
            planValue?: string | number;
            /** @description The currency of `planValue`, such as GBP. **Source:** the REST reference. */
            planCurrency?: string;
            /** @description How often the plan is paid, such as monthly. **Source:** the REST reference. */
            planInterval?: string;
            /** @description The company that the customer belongs to. **Source:** the REST reference. */
            companyName?: string;
        };
        /** @description What a customer did. */
        TrackEvent: {
            /** @description The id with which the customer was identified. */
            customer_id: string;
            /** @description The name of the event. */
            event: string;
            /**
             * @description What kind of event it is, such as Tech. **Source:** the older reference requires it, the newer one has it in
             *     its sample and not in its list, the guides do not know it: so it is optional.
             */
            category?: string;
            /**
             * @description Anything else that belongs to the event. **Source:** both references. **Assumption:** the development
             *     environment takes it too, though the guides say to put everything into the name.
             */
            property?: {
                [key: string]: unknown;
            };
        };
        /**
         * @description The server's answer. **Assumption:** the guide prints it without saying what is in it, so nothing in it is relied
         *     upon.
         */
        Answer: {
            [key: string]: unknown;
        };
        /**
         * @description What went wrong. **Assumption:** the guide shows only that there is a text; its form is unknown, so plain text is
         *     as valid as JSON.
         */
        Error: {
            [key: string]: unknown;
        };
    };
    responses: {
        /** @description The customer is identified. */
        Identified: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Answer"];
            };
        };
        /** @description The event is booked. */
        Tracked: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Answer"];
            };
        };
        /** @description The request is not what this document asks for. Sending it again does not help. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
        /** @description The token is missing or unknown. */
        Unauthorized: {
            headers: {
                /**
                 * @description How to authenticate (RFC 9110, section 11.6.1).
                 * @example Bearer
                 */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
        /** @description The token is known but may not do this. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
        /** @description The body is larger than the server takes. **Assumption:** no limit is published. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
        /**
         * @description Too many requests. Wait for as long as `Retry-After` says, with every request and not only with this one.
         *     **Assumption:** no limits are published.
         */
        TooManyRequests: {
            headers: {
                /**
                 * @description Seconds to wait, or a date to wait for (RFC 9110, section 10.2.3).
                 * @example 1
                 */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
        /** @description The server failed; the call may or may not have arrived. Most of these pass: send it again later. */
        ServerError: {
            headers: {
                /** @description Seconds to wait, or a date to wait for, where the server knows (RFC 9110, section 10.2.3). */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
            };
        };
    };
    parameters: {
        /**
         * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
         *
         *     **Assumption:** the guide does not mention it. A server that does not know the header ignores it; a relay or a
         *     later version of the API can use it to remove duplicates.
         * @example 0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11
         */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    identifyCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
                 *
                 *     **Assumption:** the guide does not mention it. A server that does not know the header ignores it; a relay or a
                 *     later version of the API can use it to remove duplicates.
                 * @example 0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentifyCustomer"];
            };
        };
        responses: {
            200: components["responses"]["Identified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    trackEvent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
                 *
                 *     **Assumption:** the guide does not mention it. A server that does not know the header ignores it; a relay or a
                 *     later version of the API can use it to remove duplicates.
                 * @example 0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrackEvent"];
            };
        };
        responses: {
            200: components["responses"]["Tracked"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    identifyCustomerInProduction: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
                 *
                 *     **Assumption:** the guide does not mention it. A server that does not know the header ignores it; a relay or a
                 *     later version of the API can use it to remove duplicates.
                 * @example 0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentifyCustomer"];
            };
        };
        responses: {
            200: components["responses"]["Identified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    trackEventInProduction: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
                 *
                 *     **Assumption:** the guide does not mention it. A server that does not know the header ignores it; a relay or a
                 *     later version of the API can use it to remove duplicates.
                 * @example 0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrackEvent"];
            };
        };
        responses: {
            200: components["responses"]["Tracked"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
}

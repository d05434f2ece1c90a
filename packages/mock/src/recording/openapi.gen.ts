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
         * @description In the test environment: tells Obsidian who a customer is, so that the events that follow belong to a known
         *     profile. Call it when somebody signs up, signs in or completes onboarding, and again when something changes.
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
         * @description In the test environment: records one action of one customer: a page view, a button click, an API call that costs
         *     money. Keep names consistent across an application.
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
         * @description In production: records one action of one customer.
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
        /** @description A customer. Only the id is required. */
        IdentifyCustomer: {
            /** @description Your own stable id of the customer. Every event of the customer carries the same one. */
            customer_id: string;
            /** @description The customer's name, as a person would write it. */
            name?: string;
            /** @description The customer's e-mail address. */
            email?: string;
            /** @description Anything else that helps to analyse costs. */
            properties?: {
                [key: string]: unknown;
            };
            /** @description Time at which the customer came to you, in seconds since 1970. */
            created?: number;
            /** @description The customer's plan, as you call it. */
            plan?: string;
            /** @description Price of the plan for one interval. */
            planValue?: string | number;
            /** @description The currency of `planValue`, such as GBP. */
            planCurrency?: string;
            /** @description Interval in which the plan is paid, such as monthly. */
            planInterval?: string;
            /** @description The company that the customer belongs to. */
            companyName?: string;
        };
        /** @description An action of a customer. */
        TrackEvent: {
            /** @description The id with which the customer was identified. */
            customer_id: string;
            /** @description The name of the event. */
            event: string;
            /** @description Kind of the event, such as Tech. */
            category?: string;
            /** @description Anything else that belongs to the event. */
            property?: {
                [key: string]: unknown;
            };
        };
        /** @description The server's answer. */
        Answer: {
            [key: string]: unknown;
        };
        /** @description The reason of a failure. */
        Error: {
            [key: string]: unknown;
        };
        /** @description The reason for which a relay refuses an event (RFC 9457). The provider's server sends none. */
        Problem: {
            /** @description Address of a page that explains this kind of problem; it ends in the problem's short name. */
            type: string;
            /** @description The kind of problem, in words that stay the same. */
            title: string;
            /** @description The status of the answer. */
            status: number;
            /** @description The reason in this case. */
            detail: string;
            /** @description Each fault of the body. */
            errors?: ({
                /** @description JSON pointer to the field, as a fragment (RFC 6901, section 6). */
                pointer: string;
                /** @description The fault of the field. */
                detail: string;
            } & {
                [key: string]: unknown;
            })[];
        } & {
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
        /** @description The event is recorded. */
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
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The token is missing or unknown. */
        Unauthorized: {
            headers: {
                /**
                 * @description The way to authenticate (RFC 9110, section 11.6.1).
                 * @example Bearer
                 */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
                "application/problem+json": components["schemas"]["Problem"];
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
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than the server takes. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests. Wait for as long as `Retry-After` says, with every request and not only with this one. */
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
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The server failed; the call may or may not have arrived. Most of these pass: send it again later. A relay that cannot
         *     store an event, or is about to end, answers 503 with `Retry-After`, and has not taken the event.
         */
        ServerError: {
            headers: {
                /** @description Seconds to wait, or a date to wait for, where the server knows (RFC 9110, section 10.2.3). */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "text/plain": string;
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description An id of the call that stays the same when the call is sent again: printable ASCII, at most 255 characters.
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

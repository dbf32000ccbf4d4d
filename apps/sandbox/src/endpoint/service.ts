import type { Json } from '@patchbay/edi';

/** A request as a pretend customer service sees it. */
export interface ServiceRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  body: Json | undefined;
}

export interface ServiceAnswer {
  status: number;
  /** Sent as JSON; absent = no content. */
  body?: Json;
}

/** What a caller must show: HTTP Basic, header values, or both. Demonstration secrets, the same as in examples/. */
export interface Credentials {
  basic?: { username: string; password: string };
  headers?: Record<string, string>;
}

/** One customer web service: it answers its path and everything below it. */
export interface CustomerService {
  summary: string;
  path: string;
  methods: string[];
  credentials: Credentials;
  answer(request: ServiceRequest): ServiceAnswer;
}

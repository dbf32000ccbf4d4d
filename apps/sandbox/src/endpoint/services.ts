import { isJsonObject, type Json, type JsonObject } from '@patchbay/edi';
import { findCustomer, showCustomer, type Customer } from './customers';
import type { Credentials, CustomerService, ServiceAnswer } from './service';

// One export is one customer web service. Paths do not overlap, so all can live at one address.

const crm: Credentials = { basic: { username: 'patchbay', password: 'crm-demo-password' } };
const listener: Credentials = {
  basic: { username: 'events', password: 'listener-demo-password' },
  headers: { 'x-api-key': 'listener-demo-key' },
};
const router: Credentials = { headers: { 'x-api-key': 'routing-demo-key' } };
const surveyor: Credentials = { headers: { authorization: 'Bearer survey-demo-token' } };

const unknownCaller: ServiceAnswer = { status: 404, body: { error: 'no customer has this address' } };
const answerWith = (customer: Customer | undefined, show: (customer: Customer) => JsonObject): ServiceAnswer =>
  customer ? { status: 200, body: show(customer) } : unknownCaller;

export const customers: CustomerService = {
  summary: 'Finds a customer by phone number: ?phone=+358401234567. Unknown callers get 404.',
  path: '/customers',
  methods: ['GET'],
  credentials: crm,
  answer: ({ query }) => answerWith(findCustomer(query.get('phone') ?? ''), showCustomer),
};

export const contacts: CustomerService = {
  summary: "Searches customers by a filter: ?filter=source='+358401234567'. Nobody found is an empty list.",
  path: '/contacts',
  methods: ['GET'],
  credentials: crm,
  answer: ({ query }): ServiceAnswer => {
    const source = /^source='([^']*)'$/.exec(query.get('filter') ?? '')?.[1];
    if (source === undefined) return { status: 400, body: { error: "filter must read source='...'" } };
    const customer = findCustomer(source);
    return { status: 200, body: { results: customer ? [{ id: customer.id, owner: customer.owner }] : [] } };
  },
};

export const events: CustomerService = {
  summary: 'Takes lifecycle events and answers with nothing.',
  path: '/events',
  methods: ['POST'],
  credentials: listener,
  answer: () => ({ status: 204 }),
};

export const decisions: CustomerService = {
  summary: 'Decides on the routing of a conversation: priority, queue, preferred and required agents.',
  path: '/decisions',
  methods: ['POST'],
  credentials: router,
  answer: ({ body }) => {
    const customer = findCustomer(textAt(body, 'source'));
    return { status: 200, body: customer ? decide(customer) : { priority: 100 } };
  },
};

export const priorities: CustomerService = {
  summary: 'Tells how urgent a caller is: ?phone=+358401234567. A smaller number is served sooner.',
  path: '/priorities',
  methods: ['GET'],
  credentials: router,
  answer: ({ query }) =>
    answerWith(findCustomer(query.get('phone') ?? ''), (found) => ({ priority: priorityOf(found) })),
};

export const teams: CustomerService = {
  summary: 'Names the agents who may serve a caller and for how long to wait for them: ?phone=+358401234567.',
  path: '/teams',
  methods: ['GET'],
  credentials: router,
  answer: ({ query }) =>
    answerWith(findCustomer(query.get('phone') ?? ''), ({ owner }) => ({
      team: { agents: teamAround(owner), patience: 45 },
    })),
};

export const invitations: CustomerService = {
  summary: 'Sends the customer of an ended conversation a survey.',
  path: '/invitations',
  methods: ['POST'],
  credentials: surveyor,
  answer: ({ body }): ServiceAnswer =>
    textAt(body, 'address') === ''
      ? { status: 422, body: { error: 'address is missing' } }
      : { status: 201, body: { invitation: `survey-${textAt(body, 'conversation')}` } },
};

function textAt(body: Json | undefined, name: string): string {
  const value = isJsonObject(body) ? body[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function priorityOf({ tier }: Customer): number {
  return { gold: 10, silver: 50, bronze: 90 }[tier];
}

function teamAround(owner: string): string[] {
  const number = Number(owner.slice(-2));
  return [owner, `agent-${String(1 + (number % 20)).padStart(2, '0')}`];
}

function decide(customer: Customer): JsonObject {
  const queue = customer.tier === 'gold' ? 'vip' : 'support';
  return {
    priority: priorityOf(customer),
    queue: { id: queue },
    agent: { id: customer.owner },
    team: teamAround(customer.owner),
    patience: 30,
  };
}

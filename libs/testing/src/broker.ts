import axios from 'axios';
import { randomBytes } from 'node:crypto';
import { serviceAddress } from './service-address';

/** A virtual host of the test broker for one spec file: nothing in it is shared. */
export interface TestBroker {
  amqpUrl: string;
  /** Depth and consumers as the management API tells; lags a few seconds behind. */
  queues(): Promise<{ name: string; messages: number; consumers: number }[]>;
  /** Closes every client connection of this virtual host from the broker's side. */
  dropConnections(): Promise<void>;
  remove(): Promise<void>;
}

/** Where a broker is, with a login that may make virtual hosts. */
export interface BrokerAddresses {
  amqpUrl: string;
  managementUrl: string;
}

/** Makes a virtual host in the broker that `npm test` started (TEST_AMQP_URL, TEST_AMQP_MANAGEMENT_URL), or another. */
export async function createTestBroker(addresses: BrokerAddresses = ofTheRun()): Promise<TestBroker> {
  const amqp = new URL(addresses.amqpUrl);
  const management = new URL(addresses.managementUrl);
  const api = axios.create({
    baseURL: `${management.protocol}//${management.host}/api`,
    auth: { username: decodeURIComponent(management.username), password: decodeURIComponent(management.password) },
    timeout: 10_000,
    proxy: false,
  });
  const vhost = `spec-${randomBytes(6).toString('hex')}`;
  await api.put(`/vhosts/${vhost}`, {});
  await api.put(`/permissions/${vhost}/${amqp.username}`, { configure: '.*', write: '.*', read: '.*' });
  amqp.pathname = `/${vhost}`;
  return {
    amqpUrl: amqp.toString(),
    async queues() {
      const { data } = await api.get<{ name: string; messages?: number; consumers?: number }[]>(`/queues/${vhost}`);
      return data.map(({ name, messages = 0, consumers = 0 }) => ({ name, messages, consumers }));
    },
    async dropConnections() {
      const { data } = await api.get<{ name: string }[]>(`/vhosts/${vhost}/connections`);
      await Promise.all(data.map(({ name }) => api.delete(`/connections/${encodeURIComponent(name)}`)));
    },
    async remove() {
      await api.delete(`/vhosts/${vhost}`);
    },
  };
}

function ofTheRun(): BrokerAddresses {
  return { amqpUrl: serviceAddress('TEST_AMQP_URL'), managementUrl: serviceAddress('TEST_AMQP_MANAGEMENT_URL') };
}

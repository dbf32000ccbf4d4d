import { messagingSuite } from './messaging.suite';

messagingSuite(3);

const { TEST_AMQP4_URL: amqpUrl, TEST_AMQP4_MANAGEMENT_URL: managementUrl } = process.env;
if (amqpUrl && managementUrl) messagingSuite(4, { amqpUrl, managementUrl });
else it.skip('messaging on RabbitMQ 4 (TEST_AMQP4_URL is not set)', () => undefined);

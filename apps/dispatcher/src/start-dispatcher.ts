import { readFileSync } from 'node:fs';
import { exchangeNames, lanePriorities, queueNames, topology } from '@patchbay/contracts';
import { createMessaging, publishUntilConfirmed, type OutgoingMessage } from '@patchbay/messaging';
import { createOutbound, Gates } from '@patchbay/outbound';
import { createSealer, loadKeyRing } from '@patchbay/secrets';
import { AmqpStrategy, bootService, type Logger, type RunningService } from '@patchbay/service-kit';
import axios from 'axios';
import { warningsOf, type DispatcherConfig } from './config';
import { DispatcherModule } from './dispatcher.module';
import { createFailpoints } from './failpoints';
import { LaneBeats } from './lane-beats';
import { LaneShares } from './lane-shares';
import { LaneWorker } from './lane-worker';
import { NotFoundStreaks } from './not-found-streaks';
import { OperatorEvents } from './operator-events';
import { Parking } from './parking';
import { RecordBatcher } from './record-batcher';
import { SerialQueue } from './serial-queue';
import { SnapshotKeeper } from './snapshot-keeper';
import { SuspectMarker } from './suspect-marker';
import { Suspensions } from './suspensions';
import { Traffic } from './traffic';

/** Calls in flight per lane; lanes x prefetch is the limit for the whole system, whatever the replicas. */
const prefetch = 128;

/** What one integration may hold of a lane while its calls do not flow. */
const shareOfLane = prefetch / 4;

/** Starts the service. It takes no lane before it has a configuration, and answers its probes meanwhile. */
export async function startDispatcher(
  config: DispatcherConfig,
  logger: Logger,
  options: { signals?: boolean } = {},
): Promise<RunningService> {
  const lanes = config.PATCHBAY_LANES;
  const timeScale = config.PATCHBAY_TIME_SCALE;
  const messaging = createMessaging({
    urls: config.AMQP_URL,
    name: `dispatcher ${config.PATCHBAY_REPLICA}`,
    topology: topology({ lanes, timeScale }),
    logger,
  });
  const keeper = createKeeper(config, logger);
  messaging.listen(exchangeNames.config, () => void keeper.refresh());
  for (const warning of warningsOf(config)) logger.warn({}, warning);
  const outbound = createOutbound({
    ...(config.PATCHBAY_OUTBOUND_CA_FILE && { caPem: readFileSync(config.PATCHBAY_OUTBOUND_CA_FILE, 'utf8') }),
    allowCidrs: config.PATCHBAY_OUTBOUND_ALLOW_CIDRS,
    allowHosts: config.PATCHBAY_OUTBOUND_ALLOW_HOSTS,
    allowUnverified: config.PATCHBAY_ALLOW_UNVERIFIED,
    denyPorts: config.PATCHBAY_OUTBOUND_DENY_PORTS,
    ...(config.PATCHBAY_EGRESS_PROXY && { egressProxy: config.PATCHBAY_EGRESS_PROXY }),
    proxies: config.PATCHBAY_PROXIES,
  });
  const publisher = messaging.publisher('work');
  const send = (message: OutgoingMessage) => publishUntilConfirmed(publisher, message, { logger });
  const configuration = () => keeper.current;
  const replica = config.PATCHBAY_REPLICA;
  const operatorEvents = new OperatorEvents({ send, replica, now: Date.now, configuration });
  const gates = new Gates({
    // A clock that does not jump with the system's.
    now: () => performance.timeOrigin + performance.now(),
    timeScale,
    onBreakerChange: (id, change) => operatorEvents.breakerChanged(id, change),
  });
  const parking = new Parking(timeScale);
  const beatPublisher = messaging.publisher('beats');
  const beats = new LaneBeats({
    lanes,
    publish: (message) => beatPublisher.publish(message),
    now: () => performance.now(),
  });
  const worker = new LaneWorker(
    {
      configuration,
      conversations: new SerialQueue(),
      listeners: new SerialQueue(),
      records: new RecordBatcher(send),
      send,
      outbound,
      gates,
      parking,
      share: () => beats.share(),
      reach: createFailpoints(config.PATCHBAY_FAILPOINT),
      lanes,
      beats,
      marker: new SuspectMarker(`${config.PATCHBAY_SNAPSHOT_FILE}.suspect`),
      shares: new LaneShares(shareOfLane),
      suspensions: new Suspensions(),
      operatorEvents,
      streaks: new NotFoundStreaks(),
      sealer: createSealer(loadKeyRing(config.PATCHBAY_PAYLOADS_KEYS_FILE)),
      now: Date.now,
      random: Math.random,
      timeScale,
    },
    logger,
  );
  const priorities = lanePriorities(replica, lanes);
  const laneQueues = Array.from({ length: lanes }, (_, lane) => queueNames.lane(lane));
  // Without a configuration nothing would match and every event would pass unseen; without a publisher nothing could
  // be finished.
  const startWhen = Promise.all([keeper.first, messaging.ready()]).then(() => undefined);
  const strategy = new AmqpStrategy(messaging, {
    lanes: { queues: laneQueues, prefetch, priority: (queue) => priorities[laneQueues.indexOf(queue)]!, startWhen },
    suspects: { queues: [queueNames.suspects], prefetch: 1, startWhen },
  });
  void startWhen.then(() => beats.start());
  void keeper.start();
  return bootService({
    name: 'dispatcher',
    description: 'Matches events, calls the integrations, publishes results and outcomes.',
    module: DispatcherModule.with(worker, new Traffic(gates, parking, replica)),
    settings: { host: config.PATCHBAY_HOST, port: config.PATCHBAY_PORT },
    logger,
    tokensFile: config.PATCHBAY_TOKENS_FILE,
    microservice: strategy,
    checks: {
      broker: () => messaging.fault(),
      lanes: () => strategy.fault(),
      configuration: () => (keeper.revision === undefined ? 'no configuration yet; is config-service up?' : undefined),
    },
    info: () => ({
      configRevision: keeper.revision ?? null,
      duplicatesSuppressed: worker.duplicatesSuppressed,
      lanesHeld: beats.held(),
    }),
    onClose: async () => {
      beats.stop();
      await keeper.stop();
      await operatorEvents.settled();
      await messaging.close();
      await outbound.close();
    },
    ...options,
  });
}

function createKeeper(config: DispatcherConfig, logger: Logger): SnapshotKeeper {
  const token = readFileSync(config.PATCHBAY_SERVICE_TOKEN_FILE, 'utf8').trim();
  return new SnapshotKeeper({
    http: axios.create({
      baseURL: config.PATCHBAY_CONFIG_URL,
      headers: { Authorization: `Bearer ${token}` },
      timeout: 10_000,
      proxy: false,
    }),
    file: config.PATCHBAY_SNAPSHOT_FILE,
    ring: loadKeyRing(config.PATCHBAY_CREDENTIALS_KEYS_FILE),
    logger,
  });
}

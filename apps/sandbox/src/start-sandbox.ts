import { topology } from '@patchbay/contracts';
import { createMessaging } from '@patchbay/messaging';
import { bootService, type Logger, type RunningService } from '@patchbay/service-kit';
import { Addresses } from './addresses';
import { ensureCertificate } from './certificate';
import type { SandboxSettings } from './config';
import { Player } from './conversations/player';
import { Replayer } from './conversations/replayer';
import { startCustomerEndpoint } from './endpoint/customer-endpoint';
import { Neighbours } from './neighbours/neighbours';
import { SandboxModule } from './sandbox.module';

/** Starts the customer services, the pretend contact centre and the control API over both. */
export async function startSandbox(
  settings: SandboxSettings,
  logger: Logger,
  { signals = true } = {},
): Promise<RunningService> {
  const certificate = await ensureCertificate(settings.PATCHBAY_SANDBOX_FOLDER);
  const { PATCHBAY_HOST: host, PATCHBAY_LANES: lanes, PATCHBAY_TIME_SCALE: timeScale } = settings;
  const endpoint = await startCustomerEndpoint(certificate, { host, port: settings.PATCHBAY_SANDBOX_ENDPOINT_PORT });
  const messaging = createMessaging({
    urls: settings.AMQP_URL,
    name: 'sandbox',
    topology: topology({ lanes, timeScale }),
    logger,
  });
  const player = new Player(messaging.publisher('play'));
  const replayer = new Replayer(messaging.publisher('replay'));
  const neighbours = new Neighbours(messaging, logger);
  neighbours.begin(settings.PATCHBAY_SANDBOX_NEIGHBOURS === 'on');
  logger.info({ endpoint: endpoint.origin, ca: certificate.caFile }, 'the customer services answer');
  await messaging.ready();
  const { ledger, faults } = endpoint;
  const addresses = new Addresses(endpoint.origin, certificate.caFile);
  return bootService({
    name: 'sandbox',
    description: 'A pretend contact centre with customer web services, for trying out and for tests.',
    module: SandboxModule.of({ addresses, ledger, faults, player, replayer, neighbours }),
    settings: { host, port: settings.PATCHBAY_PORT },
    logger,
    tokensFile: settings.PATCHBAY_TOKENS_FILE,
    checks: { broker: () => messaging.fault() },
    signals,
    onClose: async () => {
      player.close();
      replayer.close();
      await messaging.close();
      await endpoint.close();
    },
  });
}

import { measureCalls } from './outbound/call-cost';
import { measureDigest } from './outbound/digest-cost';
import { beKnowing, measureEndpoints } from './outbound/endpoint-memory';
import { measureNeighbours } from './outbound/noisy-neighbour';
import { beService, startService } from './outbound/service';
import { printLines } from './measure/report';

async function measure(only: string): Promise<void> {
  const service = startService();
  const where = await service.ask('start');
  const t = () => process.stderr.write(`${performance.now() / 1000}\n`);
  if (only.includes('c')) (printLines('calls', await measureCalls(where)), t());
  if (only.includes('d')) (printLines('digest', await measureDigest(service, where)), t());
  if (only.includes('e')) (printLines('endpoints', await measureEndpoints(service, where)), t());
  if (only.includes('n')) (printLines('neighbours', await measureNeighbours(service, where)), t());
  service.stop();
}
const role = process.argv[2];
if (role === 'service') beService();
else if (role === 'endpoints') beKnowing();
else void measure(role ?? 'cden');

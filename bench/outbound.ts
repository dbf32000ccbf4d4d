import { measureCalls } from './outbound/call-cost';
import { measureDigest } from './outbound/digest-cost';
import { beKnowing, measureEndpoints } from './outbound/endpoint-memory';
import { beService, startService } from './outbound/service';
import { printLines, targetsMet, type Line } from './measure/report';

async function measure(): Promise<void> {
  const service = startService();
  const where = await service.ask('start');
  const calls = await measureCalls(where);
  printLines('calls', calls);
  const digest = await measureDigest(service, where);
  printLines('digest', digest);
  const endpoints = await measureEndpoints(service, where);
  printLines('endpoints', endpoints);
  service.stop();
}
const role = process.argv[2];
if (role === 'service') beService();
else if (role === 'endpoints') beKnowing();
else void measure();

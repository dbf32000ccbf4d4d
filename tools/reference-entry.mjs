// What the reference pages are made from, and what is asked when one export is added: bundled by tools/bundle.mjs,
// never run as it is.
export { eventSchema } from '@patchbay/contracts';
export {
  applyAnswer,
  authenticationKinds,
  authenticationTypes,
  buildMatchIndex,
  channelTypes,
  compileIntegration,
  contactDirections,
  deliveryProfiles,
  eventNames,
  lifecycleEvents,
  notApplicable,
  phaseOf,
  policyOf,
  renderTarget,
  requestProperties,
  setOperations,
  validateIntegration,
} from '@patchbay/edi';
export { integrationSchema } from '../libs/edi/src/integration.schema';

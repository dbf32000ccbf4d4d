// Preloaded into a service: its wall clock runs ahead by as many milliseconds as the file named by FAULT_CLOCK says, read
// again at each SIGUSR2. Clocks that do not jump, such as performance.now(), are left alone.
const { readFileSync } = require('node:fs');

const RealDate = Date;
let aheadMs = 0;

function readShift() {
  aheadMs = Number(readFileSync(process.env.FAULT_CLOCK, 'utf8'));
}

class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + aheadMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
}

readShift();
globalThis.Date = ShiftedDate;
process.on('SIGUSR2', readShift);

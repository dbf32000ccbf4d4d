import { Module, type DynamicModule } from '@nestjs/common';
import { Addresses } from './addresses';
import { AddressesController } from './addresses.controller';
import { Player } from './conversations/player';
import { Replayer } from './conversations/replayer';
import { FaultPlan } from './endpoint/fault-plan';
import { Ledger } from './endpoint/ledger';
import { FaultsController } from './faults.controller';
import { LedgerController } from './ledger.controller';
import { Neighbours } from './neighbours/neighbours';
import { NeighboursController } from './neighbours.controller';
import { PlayController } from './play.controller';

/** What the control API works on. */
export interface SandboxParts {
  addresses: Addresses;
  ledger: Ledger;
  faults: FaultPlan;
  player: Player;
  replayer: Replayer;
  neighbours: Neighbours;
}

@Module({})
export class SandboxModule {
  static of({ addresses, ledger, faults, player, replayer, neighbours }: SandboxParts): DynamicModule {
    return {
      module: SandboxModule,
      controllers: [AddressesController, FaultsController, LedgerController, NeighboursController, PlayController],
      providers: [
        { provide: Addresses, useValue: addresses },
        { provide: Ledger, useValue: ledger },
        { provide: FaultPlan, useValue: faults },
        { provide: Player, useValue: player },
        { provide: Replayer, useValue: replayer },
        { provide: Neighbours, useValue: neighbours },
      ],
    };
  }
}

import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Addresses } from './addresses';

@ApiTags('addresses')
@Controller('v1/addresses')
export class AddressesController {
  constructor(private readonly addresses: Addresses) {}

  @Allow('viewer')
  @Get()
  @ApiOperation({ summary: 'Where the customer services are, and the authority to trust' })
  show(): Addresses {
    return this.addresses;
  }
}

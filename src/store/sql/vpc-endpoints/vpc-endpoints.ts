import type { Kysely, Transaction } from 'kysely'
import type { Scope, VpcEndpoint } from '../../../domain/index.ts'
import type { VpcEndpointReader, VpcEndpointWriter } from '../../contract/vpc-endpoints.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromVpcEndpoint, vpcEndpointRows } from './rows.ts'

export class SqlVpcEndpointReader implements VpcEndpointReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(scope: Scope, vpcEndpointId: string): Promise<VpcEndpoint | undefined> {
    const row = await this.row(scope, vpcEndpointId)
    return row && this.#macs.read(vpcEndpointRows, row)
  }

  async findByClientToken(scope: Scope, token: string): Promise<VpcEndpoint | undefined> {
    const row = await this.#ofScope(scope).where('client_token', '=', token).executeTakeFirst()
    return row && this.#macs.read(vpcEndpointRows, row)
  }

  async list(scope: Scope): Promise<VpcEndpoint[]> {
    return this.#macs.readAll(
      vpcEndpointRows,
      await this.#ofScope(scope).orderBy('vpc_endpoint_id').execute(),
    )
  }

  async listAll(): Promise<VpcEndpoint[]> {
    const rows = await this.db
      .selectFrom('vpc_endpoints')
      .selectAll()
      .orderBy('account_id')
      .orderBy('region')
      .orderBy('vpc_endpoint_id')
      .execute()
    return this.#macs.readAll(vpcEndpointRows, rows)
  }

  protected row(scope: Scope, vpcEndpointId: string) {
    return this.#ofScope(scope).where('vpc_endpoint_id', '=', vpcEndpointId).executeTakeFirst()
  }

  #ofScope({ accountId, region }: Scope) {
    return this.db
      .selectFrom('vpc_endpoints')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
  }
}

export class SqlVpcEndpointWriter extends SqlVpcEndpointReader implements VpcEndpointWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(endpoint: VpcEndpoint): Promise<void> {
    await this.db
      .insertInto('vpc_endpoints')
      .values(this.#changes.inserted(vpcEndpointRows, fromVpcEndpoint(endpoint)))
      .execute()
    this.#changes.vpcEndpoint(endpoint)
  }

  async update(endpoint: VpcEndpoint): Promise<void> {
    const before = await this.row(endpoint, endpoint.vpcEndpointId)
    if (before === undefined) return
    await this.db
      .updateTable('vpc_endpoints')
      .set(this.#changes.replaced(vpcEndpointRows, before, fromVpcEndpoint(endpoint)))
      .where('account_id', '=', endpoint.accountId)
      .where('region', '=', endpoint.region)
      .where('vpc_endpoint_id', '=', endpoint.vpcEndpointId)
      .execute()
    this.#changes.vpcEndpoint(endpoint)
  }

  async delete(endpoint: VpcEndpoint): Promise<void> {
    const deleted = await this.db
      .deleteFrom('vpc_endpoints')
      .where('account_id', '=', endpoint.accountId)
      .where('region', '=', endpoint.region)
      .where('vpc_endpoint_id', '=', endpoint.vpcEndpointId)
      .returning('mac')
      .execute()
    this.#changes.removed(endpoint.region, deleted)
    this.#changes.vpcEndpointGone(endpoint)
  }
}

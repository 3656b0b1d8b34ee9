import type { Kysely, Transaction } from 'kysely'
import type { SigningKey, SigningKeyReader, SigningKeyWriter } from '../../contract/trails.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import { refuseRetired } from '../rewrap/guard.ts'
import type { Schema } from '../schema.ts'
import { fromSigningKey, signingKeyRows } from './rows.ts'

export class SqlSigningKeyReader implements SigningKeyReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async list(purpose: SigningKey['purpose'], region: string): Promise<SigningKey[]> {
    const rows = await this.db
      .selectFrom('signing_keys')
      .selectAll()
      .where('purpose', '=', purpose)
      .where('region', '=', region)
      .orderBy('valid_from')
      .orderBy('key_id')
      .execute()
    return this.#macs.readAll(signingKeyRows, rows)
  }
}

export class SqlSigningKeyWriter extends SqlSigningKeyReader implements SigningKeyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(key: SigningKey): Promise<void> {
    const tokens = [key.keyToken, key.publicKeyToken]
    await refuseRetired(this.db, this.#changes.macs, key.region, tokens)
    await this.db
      .insertInto('signing_keys')
      .values(this.#changes.inserted(signingKeyRows, fromSigningKey(key)))
      .execute()
  }
}

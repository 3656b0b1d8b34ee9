import type { Authenticator } from '../../../domain/index.ts'
import { DoesNotVerify } from '../../contract/does-not-verify.ts'
import { canonicalBytes } from './canonical-bytes.ts'

/** The column of an entity's MAC. It is empty in a database from before MACs, until the upgrade. */
export interface MacColumn {
  mac: Uint8Array | null
}

/** An entity as MACs see it. */
export interface AuthenticEntity {
  /** The kind, such as `alias`; part of the content, so that no entity passes for one of a different kind. */
  readonly kind: string
  readonly domain: string
  /** The name of the entity in the log. */
  readonly name: string
  /** Returns everything that the MAC covers, with the names under which the entity is found. Throws for damaged rows. */
  readonly content: () => unknown
}

/** How the rows of a table are entities of their own: one row is one entity. */
export interface EntityRows<Row, Entity> {
  toEntity(row: Row): Entity
  toAuthentic(row: Row): AuthenticEntity
}

/** Makes and checks the MACs of entities. */
export class Macs {
  readonly authenticator: Authenticator
  readonly #onBroken: (error: DoesNotVerify) => void

  /** `onBroken` receives each entity that a list leaves out because it does not verify. */
  constructor(authenticator: Authenticator, onBroken: (error: DoesNotVerify) => void) {
    this.authenticator = authenticator
    this.#onBroken = onBroken
  }

  of({ kind, domain, content }: AuthenticEntity): Uint8Array {
    return this.authenticator.authenticate(domain, canonicalBytes([kind, content()]))
  }

  isAuthentic({ kind, domain, content }: AuthenticEntity, mac: Uint8Array | null): boolean {
    if (mac === null) return false
    let bytes: Uint8Array
    try {
      bytes = canonicalBytes([kind, content()])
    } catch {
      // A row that was changed may hold anything, such as a text that is not JSON.
      return false
    }
    return this.authenticator.isAuthentic(domain, bytes, mac)
  }

  /** Throws DoesNotVerify. */
  check(entity: AuthenticEntity, mac: Uint8Array | null): void {
    if (!this.isAuthentic(entity, mac)) throw brokenEntity(entity)
  }

  /** Returns the entity of a row. Throws DoesNotVerify. */
  read<Row, Entity>(rows: EntityRows<Row, Entity>, row: Row & MacColumn): Entity {
    this.check(rows.toAuthentic(row), row.mac)
    return rows.toEntity(row)
  }

  /** Returns the entities of rows. It reports those that do not verify, and leaves them out. */
  readAll<Row, Entity>(rows: EntityRows<Row, Entity>, found: readonly (Row & MacColumn)[]): Entity[] {
    return found.flatMap(row => {
      const entity = rows.toAuthentic(row)
      if (this.isAuthentic(entity, row.mac)) return [rows.toEntity(row)]
      this.report(brokenEntity(entity))
      return []
    })
  }

  /** Reports an entity that a list leaves out. */
  report(error: DoesNotVerify): void {
    this.#onBroken(error)
  }
}

/** Returns the error about an entity that does not verify. */
export const brokenEntity = ({ kind, name }: AuthenticEntity) => new DoesNotVerify(`${kind} ${name}`)

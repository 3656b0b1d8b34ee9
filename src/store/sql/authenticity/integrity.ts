import type { Kysely } from 'kysely'
import { globalDomain } from '../../../domain/index.ts'
import { DoesNotVerify } from '../../contract/does-not-verify.ts'
import type { CommitCounts, Integrity, VerificationReport } from '../../contract/integrity.ts'
import type { StoredDomainKey } from '../../contract/server.ts'
import { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { SqlDomainKeyWriter } from '../server/domain-keys.ts'
import { atOneMoment } from './at-one-moment.ts'
import { addElement, DomainStates, emptyDigest } from './domain-states.ts'
import { type AnyRow, keyTable, pagesOf, rowTables, userTable } from './entity-tables.ts'
import type { MacColumn, Macs } from './macs.ts'
import { makeMissingMacs } from './missing-macs.ts'
import { putStates } from './put-states.ts'
import { verifyEntities } from './verification.ts'

/** The authenticity of a whole SQL database. */
export class SqlIntegrity implements Integrity {
  readonly #db: Kysely<Schema>
  readonly #macs: Macs
  #counts: CommitCounts

  private constructor(db: Kysely<Schema>, macs: Macs, counts: CommitCounts) {
    this.#db = db
    this.#macs = macs
    this.#counts = counts
  }

  /** Throws DoesNotVerify if the state of a domain does not verify. */
  static async open(db: Kysely<Schema>, macs: Macs): Promise<SqlIntegrity> {
    const states = await new DomainStates(db, macs.authenticator).list()
    const counts = Object.fromEntries(Array.from(states, ([domain, { commits }]) => [domain, commits]))
    return new SqlIntegrity(db, macs, counts)
  }

  commitCounts(): CommitCounts {
    return this.#counts
  }

  /** Takes over the counts of the domains that a commit changed. */
  noteCommit(counts: CommitCounts): void {
    if (Object.keys(counts).length > 0) this.#counts = { ...this.#counts, ...counts }
  }

  findAlteredDomains(): Promise<string[]> {
    return atOneMoment(this.#db, async db => {
      const stored = await new DomainStates(db, this.#macs.authenticator).list()
      const { digests, foreign } = await this.#digestAll(db)
      // Every database in use has accounts, so a missing global state was removed.
      const domains = [...new Set([globalDomain, ...stored.keys(), ...digests.keys()])].sort()
      const isAltered = (domain: string) => {
        const [one, other] = [stored.get(domain)?.digest, digests.get(domain) ?? emptyDigest()]
        return one === undefined || Buffer.compare(one, other) !== 0
      }
      return [...domains.filter(isAltered), ...foreign]
    })
  }

  async verify(report: VerificationReport): Promise<number> {
    const count = await atOneMoment(this.#db, db => verifyEntities(db, this.#macs, report))
    try {
      for (const domain of await this.findAlteredDomains())
        report.fault(`${domain} does not verify: entities were added, removed or replaced by older ones`)
    } catch (error) {
      if (!(error instanceof DoesNotVerify)) throw error
      report.fault(error.message)
    }
    return count
  }

  async upgrade(domainKeys: readonly StoredDomainKey[]): Promise<void> {
    const counts = await this.#db.transaction().execute(async transaction => {
      const changes = new Changes(this.#macs)
      await makeMissingMacs(transaction, changes)
      const writer = new SqlDomainKeyWriter(transaction, changes)
      for (const domainKey of domainKeys) await writer.update(domainKey)
      return await putStates(transaction, changes)
    })
    this.noteCommit(counts)
  }

  async raiseCommitCounts(least: CommitCounts): Promise<void> {
    const counts = await this.#db.transaction().execute(async transaction => {
      const states = new DomainStates(transaction, this.#macs.authenticator)
      const raised: Record<string, number> = {}
      for (const [domain, count] of Object.entries(least)) {
        const { commits, digest } = (await states.find(domain)) ?? { commits: 0, digest: emptyDigest() }
        raised[domain] = Math.max(commits, count)
        await states.put(domain, { commits: raised[domain] ?? 0, digest })
      }
      return raised
    })
    this.noteCommit(counts)
  }

  /** Returns the digest of the MACs of each domain, and the domains of rows that have no domain key. */
  async #digestAll(db: Kysely<Schema>) {
    const digests = new Map<string, Uint8Array>()
    const foreign = new Set<string>()
    const add = (domain: string, mac: unknown) => {
      // An entity without a MAC is missing from the digest, and so shows.
      if (!(mac instanceof Uint8Array)) return
      const digest = digests.get(domain) ?? emptyDigest()
      try {
        addElement(digest, this.#macs.authenticator.elementOf(domain, mac))
        digests.set(domain, digest)
      } catch {
        foreign.add(domain)
      }
    }
    for await (const { region, mac, labels_mac: labelsMac } of macsIn(db, this.#macs)) {
      add(region ?? globalDomain, mac)
      if (labelsMac !== undefined) add(region ?? globalDomain, labelsMac)
    }
    return { digests, foreign }
  }
}

interface MacsOfRow extends MacColumn {
  readonly region?: string
  readonly labels_mac?: Uint8Array | null
}

/**
 * Reads the MACs of all tables, without those of rows that do not verify and are entities of their own. Such a row may be one
 * that a find misses because of the change, and so never reads: an access key that is not found when its user is deleted would
 * come back when the row is restored.
 */
async function* macsIn(db: Kysely<Schema>, macs: Macs): AsyncGenerator<MacsOfRow> {
  for (const table of [keyTable, userTable])
    for await (const rows of pagesOf(db, table)) yield* rows as unknown as readonly MacsOfRow[]
  for (const table of rowTables) {
    const isCounted = (row: AnyRow) => macs.isAuthentic(table.rows.toAuthentic(row), row.mac)
    for await (const rows of pagesOf(db, table))
      yield* rows.filter(isCounted) as unknown as readonly MacsOfRow[]
  }
}

import { globalDomain } from '../../../domain/index.ts'
import type { WrappedDomainKey } from '../../../hsm/index.ts'
import { retiredAt, sessionMillisMax } from '../../../jobs/index.ts'
import type { Millis } from '../../../std/index.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** The time that a re-wrapping may take. A server does it beside its calls, and not while it is sealed. */
const rewrapMillisMax = 24 * 3_600_000
const shownMax = 5

/** Checks that domain keys which a rotation has replaced are destroyed in the end. The keys are read, and not verified. */
export async function checkDomainKeys(subject: Subject): Promise<readonly Finding[]> {
  if (!subject.directory.hasDatabase()) return [ok('There are no domain keys yet.')]
  const database = await subject.database()
  if ('problem' in database) return [ok('The database cannot be read, so its domain keys were not checked.')]
  const { missingMigrations, newerMigration, domainKeys } = database.value
  if (missingMigrations.length > 0 || newerMigration !== undefined)
    return [ok('The database has the format of a different version, so its domain keys were not checked.')]
  const findings = [
    ...judgeRetiring(await domainKeys.list(), subject.now),
    ...judgeBroken((await brokenOf(subject)) ?? []),
  ]
  return findings.length > 0 ? findings : [ok('No old domain key waits for longer than it should.')]
}

/** The entities that the re-wrapping of the running server names; a sealed or stopped one has none. */
async function brokenOf(subject: Subject): Promise<readonly string[] | undefined> {
  const status = subject.isRunning ? await subject.status() : undefined
  return status !== undefined && 'value' in status ? status.value.rewrap?.broken : undefined
}

type RetiringKey = Pick<WrappedDomainKey, 'domain' | 'version' | 'state' | 'createdAt'>

/** Judges for how long replaced domain keys have been there. That of `global` stays while session tokens need it. */
export function judgeRetiring(keys: readonly RetiringKey[], now: Millis): readonly Finding[] {
  return keys
    .filter(({ state }) => state === 'retiring')
    .flatMap(key => {
      const since = retiredAt(key, keys)
      const waits = key.domain === globalDomain ? sessionMillisMax : 0
      if (since === null || now - since <= waits + rewrapMillisMax) return []
      return [
        warn(
          `The domain key of ${key.domain}, version ${key.version}, was replaced at ${new Date(since).toISOString()} and is not destroyed.`,
          'See keyward operator status. The server goes on with the re-wrapping while it is open.',
        ),
      ]
    })
}

/** Names the entities that keep an old domain key needed. */
export function judgeBroken(broken: readonly string[]): readonly Finding[] {
  if (broken.length === 0) return []
  const more = broken.length > shownMax ? `, and ${broken.length - shownMax} more` : ''
  return [
    fault(
      `These entities do not verify, so an old domain key cannot be destroyed: ${broken.slice(0, shownMax).join(', ')}${more}.`,
      'They were changed outside of Keyward: restore the database from a backup, or delete them.',
    ),
  ]
}

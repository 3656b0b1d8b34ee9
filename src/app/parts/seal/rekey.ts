import type { Logger } from 'pino'
import { recordLogEvent } from '../../../audit/index.ts'
import {
  type Given,
  parseEnvelope,
  parseRootKeySetting,
  RootKey,
  renderEnvelope,
  ShareCollector,
} from '../../../hsm/index.ts'
import {
  OperatorProblem,
  type Quorum,
  type RekeyDone,
  type RekeyResult,
  type ShareCount,
} from '../../../operator/index.ts'
import { copySecret, OperatorError } from '../../../std/index.ts'
import { refuseTokenOfCluster } from '../../config/hsm/cluster-settings.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { renewAuditCredentials } from './audit-credentials.ts'
import { makeProvider, quorumOf, type RootKeyInUse, reachingFor, settingToSet } from './keeper.ts'
import { refuseOwnKey } from './key-service.ts'
import { checkNextRootKey, givenPassphrase, makeNextRootKey, type NextRootKey } from './next-root-key.ts'
import { putAsideText } from './open-at-start.ts'

type RekeyEvent = ReturnType<typeof recordLogEvent>

/** The time that new shares wait for their confirmation. */
const confirmMillis = 60 * 60 * 1000

/** How the root key is to be kept from now on. */
export interface RekeyRequest {
  /** A value of KEYWARD_ROOT_KEY; as it is now if undefined. */
  readonly to: string | undefined
  /** As it is now if undefined. */
  readonly quorum: Quorum | undefined
  /** The passphrase or the shares of the present root key. */
  readonly given: readonly Buffer[]
  /** The passphrase of the new one. */
  readonly next: Buffer | undefined
}

/** A new root key whose shares wait for their confirmation. */
interface Waiting extends NextRootKey {
  readonly collector: ShareCollector
  readonly expiry: NodeJS.Timeout
}

/**
 * Replaces the root key of an open server by a new one, under the same provider or a different one. Domain keys, tokens and
 * MACs stay, so no call notices. The caller gives one call at a time.
 */
export class RootKeyChange {
  readonly #base: Base
  #waiting: Waiting | undefined

  constructor(base: Base) {
    this.#base = base
  }

  /**
   * Makes the new root key. It is in use when this resolves, unless it has shares, which are confirmed first. The providers wipe
   * the secrets. Throws RootKeyProblem and OperatorError, and then nothing has changed.
   */
  async begin(state: State, request: RekeyRequest): Promise<RekeyResult> {
    refuseUnrecordable(state)
    await refuseUnsettled(state, this.#base.log)
    await prove(state.inUse, request.given)
    const { setting, provider } = this.#nextProvider(state, request)
    await refuseOwnKey(setting, state.store.reader.keys)
    const next = await makeNextRootKey(state.inUse, provider, setting, request.next)
    // Until here somebody without the present secrets could have made the operators begin again.
    this.close()
    const { envelope, shares } = next.kept
    if (envelope.kind !== 'shares' || shares === undefined) return { done: await this.#commit(state, next) }
    const collector = new ShareCollector(envelope)
    const expiry = setTimeout(() => this.close(), confirmMillis).unref()
    this.#waiting = { ...next, collector, expiry }
    return { shares, confirmed: collector.count }
  }

  /**
   * Confirms a new share: the shares must have arrived before the old root key goes. The last one that is needed brings the
   * new root key into use. Wipes the share. Throws RootKeyProblem and OperatorError, and then nothing has changed.
   */
  async confirm(state: State, share: Buffer): Promise<RekeyResult> {
    const waiting = this.#waiting
    if (waiting === undefined)
      throw new OperatorProblem('NothingToConfirm', 'No new shares wait. Begin with keyward operator rekey.')
    refuseUnrecordable(state)
    const confirmed = waiting.collector.add(copySecret(share))
    if (confirmed.have < confirmed.need) return { confirmed }
    // From here on the new shares are confirmed or forgotten, whatever happens, and do not expire in between.
    clearTimeout(waiting.expiry)
    this.#waiting = undefined
    try {
      await checkNextRootKey(waiting, waiting.collector.take())
    } catch (error) {
      waiting.rootKey.destroy()
      throw error
    }
    return { done: await this.#commit(state, waiting) }
  }

  /** The new shares that were confirmed so far; undefined if none wait for that. */
  get newShares(): ShareCount | undefined {
    return this.#waiting?.collector.count
  }

  /** Forgets new shares that nobody confirmed. */
  close(): void {
    clearTimeout(this.#waiting?.expiry)
    this.#waiting?.collector.reset()
    this.#waiting?.rootKey.destroy()
    this.#waiting = undefined
  }

  #nextProvider({ inUse, directory }: State, { to, quorum }: RekeyRequest) {
    const setting = to === undefined ? inUse.keeper.setting : parseRootKeySetting(to)
    if (quorum !== undefined && setting.kind !== 'shares')
      throw new OperatorProblem(
        'NoShares',
        'Only a root key that is kept by shares has numbers of shares. Give --to shares: with them.',
      )
    const kept = quorum ?? quorumOf(inUse.keeper.envelope)
    const { config, stopping } = this.#base
    refuseTokenOfCluster(config.hsmClusters, config.pkcs11, setting)
    const reaching = reachingFor(config, setting)
    return { setting, provider: makeProvider(reaching, setting, directory.path, kept, stopping.signal) }
  }

  /** Brings the new root key into use: all records of domain keys, the envelope and the audit record are one commit. */
  async #commit(state: State, next: NextRootKey): Promise<RekeyDone> {
    const { store, hsm, inUse } = state
    const { keeper, rootKey } = inUse
    const { envelope } = next.kept
    const event = this.#record(state, next)
    try {
      await store.write(async writer => {
        const change = hsm.ring.rekey(rootKey, next.rootKey, await writer.domainKeys.list())
        await writer.domainKeys.change(change)
        await writer.rootKeys.put(renderEnvelope(envelope))
        await writer.outbox.insert(event)
      })
    } catch (error) {
      if (!(await isCommitted(state, next))) throw error
      this.#base.log.error({ err: error }, 'the root key was replaced, and the commit reported an error')
    }
    inUse.rootKey = next.rootKey
    inUse.keeper = { ...keeper, envelope, provider: next.provider, setting: next.setting }
    rootKey.destroy()
    const unrecorded = await this.#append(state, event)
    await renewAuditCredentials(state, this.#base.config.regions[0] ?? '').catch((error: unknown) =>
      this.#base.log.error({ err: error }, 'the credentials of auditors were not renewed'),
    )
    const setting = settingToSet(this.#base.config, inUse.keeper, state.directory.path)
    const { problem: misplaced, ...aside } = await this.#putAside(keeper, rootKey.id, next)
    const problems = [unrecorded, misplaced].filter(problem => problem !== undefined)
    return {
      provider: next.provider.kind,
      rootKeyId: next.rootKey.id,
      ...(setting === undefined ? {} : { setting }),
      ...aside,
      ...(problems.length === 0 ? {} : { problem: problems.join(' ') }),
    }
  }

  /** Appends the record of a change that is made: whatever fails, the operator must hear of the new root key. */
  async #append({ audit }: State, { eventId, line }: RekeyEvent): Promise<string | undefined> {
    try {
      await audit.appendCommitted(eventId, line)
      return undefined
    } catch (error) {
      this.#base.log.error(
        { err: error },
        'the record of a new root key is in the database, and not yet in the log',
      )
      return `The audit log cannot take the record of the change, which stays in the database until it can: ${(error as Error).message}.`
    }
  }

  #record({ accountId, inUse }: State, next: NextRootKey): RekeyEvent {
    const { clock, config } = this.#base
    return recordLogEvent({
      ...{ time: clock.now(), eventName: 'RekeyRootKey', accountId },
      region: config.regions[0] ?? '',
      serviceEventDetails: {
        from: { provider: inUse.keeper.provider.kind, rootKeyId: inUse.rootKey.id },
        to: { provider: next.provider.kind, rootKeyId: next.rootKey.id },
      },
    })
  }

  /**
   * Puts the file of the old root key aside, and the new one in its place. After a kill the next start does it for a file that the new
   * one replaces; any other file stays where it is.
   */
  async #putAside(
    { provider: old }: RootKeyInUse['keeper'],
    oldId: string,
    { kept }: NextRootKey,
  ): Promise<Pick<RekeyDone, 'oldRootKey' | 'problem'>> {
    try {
      const replaced = await kept.finish()
      const oldRootKey = (await old.setAside(oldId)) ?? replaced
      return oldRootKey === undefined ? {} : { oldRootKey }
    } catch (error) {
      this.#base.log.error({ err: error }, 'the file of the old root key could not be put aside')
      const problem = `Its files are not all in their places. ${(error as Error).message}`
      return { ...(old.kind === 'file' ? { oldRootKey: old.description } : {}), problem }
    }
  }
}

/** A change without a record must not be. */
function refuseUnrecordable({ audit }: State): void {
  if (audit.failure !== undefined)
    throw new OperatorProblem('NotRecorded', `The root key stays as it is: ${audit.failure}.`)
}

/**
 * A commit that reported an error may be in the database all the same. Then the next start finds the new root key, which a
 * further change must not delete.
 */
async function refuseUnsettled({ store, inUse }: State, log: Logger): Promise<void> {
  const text = await store.reader.rootKeys.find()
  const stored = text === undefined ? undefined : parseEnvelope(text)
  if (stored?.rootKeyId === inUse.keeper.envelope?.rootKeyId) return await complete(inUse.keeper, log)
  throw new OperatorProblem(
    'NotSettled',
    'The database has a different root key than the server uses: the last change reported an error, and was made all the same. Restart the server, and then repeat rekey.',
  )
}

/** The file beside that of the old root key may be the only copy of the present one, and its name is needed. */
async function complete({ provider, envelope }: RootKeyInUse['keeper'], log: Logger): Promise<void> {
  try {
    const oldRootKey = await provider.completeChange(envelope)
    if (oldRootKey !== undefined) log.warn({ oldRootKey }, putAsideText)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    throw new OperatorProblem(
      'NotSettled',
      `The last change of the root key is not complete, so it cannot be changed again. ${error.message}`,
    )
  }
}

/** Proves that the operator may use the present root key: with its shares or passphrase, or because a file or a KMS opens it. */
async function prove({ keeper, rootKey }: RootKeyInUse, given: readonly Buffer[]): Promise<void> {
  const { provider, envelope } = keeper
  const recovered = RootKey.take(await provider.recover(envelope, gather(keeper, given)))
  const isSame = recovered.id === rootKey.id
  recovered.destroy()
  if (!isSame)
    throw new OperatorProblem(
      'WrongRootKey',
      `The root key of ${provider.description} is not the one in use.`,
    )
}

function gather({ provider, envelope }: RootKeyInUse['keeper'], given: readonly Buffer[]): Given {
  if (envelope?.kind !== 'shares') return provider.opensItself ? {} : givenPassphrase(given[0])
  const collector = new ShareCollector(envelope)
  try {
    for (const share of given) collector.add(copySecret(share))
    return collector.take()
  } catch (error) {
    collector.reset()
    throw error
  }
}

/**
 * Whether a commit that failed is in the database all the same. If it is not, the new root key is undone; where that cannot
 * be read, both root keys stay, and the next start decides.
 */
async function isCommitted({ store }: State, { kept, rootKey }: NextRootKey): Promise<boolean> {
  const envelope = await store.reader.rootKeys.find()
  if (envelope === renderEnvelope(kept.envelope)) return true
  await kept.undo()
  rootKey.destroy()
  return false
}

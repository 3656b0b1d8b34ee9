import type { ConditionContext } from '../access/index.ts'
import type { AttestationVerifier, Hsm } from '../hsm/index.ts'
import type { KeyUsageLedger } from '../keys/index.ts'
import { openGrantToken, readResolvedKey } from '../keys/index.ts'
import { decode, type Millis } from '../std/index.ts'
import type { AccessAnswer, AccessQuestion } from './access-question.ts'
import { checkKey, findResources } from './checks.ts'
import { explainAccess } from './explain/explain-access.ts'
import type { KeyUse } from './key-use.ts'
import type { Access } from './look-ups.ts'
import type { ResourceRequirement } from './operation.ts'
import type { Organization } from './organization.ts'
import { Authorizer } from './permission/authorize.ts'
import { authorizeRetirement, findRetirement } from './permission/retirement.ts'
import type { UnreadablePolicy } from './permission/unreadable-policies.ts'
import { attest, type RecipientInput } from './recipient.ts'
import { resolveKey } from './resolve.ts'
import type { Throttle } from './throttle.ts'
import type { Trace } from './trace.ts'

export interface AdmissionOptions {
  readonly hsm: Hsm
  readonly usages: KeyUsageLedger
  /** Verifies the enclaves that answers are sealed for. */
  readonly attestations: AttestationVerifier
  /** Request quotas; undefined where there are none. */
  readonly throttle: Throttle | undefined
  readonly organization: Organization
  /** Told once of each stored policy that cannot be read, for which a request was denied. */
  readonly onUnreadablePolicy: (policy: UnreadablePolicy) => void
}

/** The way of a proved caller's request to what it may do: decoded, its keys found, and all of it allowed. */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #authorizer: Authorizer

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#authorizer = new Authorizer(options.organization, options.onUnreadablePolicy)
  }

  /** Says what would be decided on a question, and why. */
  explain(question: AccessQuestion, access: Access, now: Millis): Promise<AccessAnswer> {
    return explainAccess(question, { authorizer: this.#authorizer, access, now })
  }

  /** What the request says to the conditions of policies that an operation looks into itself. */
  contextOf(trace: Trace, action: string): ConditionContext {
    return this.#authorizer.contextOf(trace, { action, use: trace.uses[0], conditions: undefined })
  }

  /** From the request's bytes to what it may do. */
  admit(trace: Trace, access: Access): void | Promise<void> {
    const { throttle } = this.#options
    const caller = trace.provedCaller
    const { operation } = trace.call
    // The quotas that Throttle knows are those of KMS.
    if (!trace.isCounted && trace.call.service.name === 'kms') throttle?.count(caller.scope, operation.name)
    trace.input = decode(operation.input, trace.call.readInput())
    if (!trace.isCounted) throttle?.countElsewhere(caller.scope, operation.name, trace.input)
    this.#checkGrantTokens(trace)
    trace.recipient = attest(trace.input as RecipientInput, this.#options.attestations, trace.time)
    // A transaction may be run again.
    trace.uses = []
    const resolved =
      operation.retiresGrant === true
        ? this.#resolveRetirement(trace, access)
        : this.#resolveAndAuthorize(trace, access)
    return resolved instanceof Promise
      ? resolved.then(() => this.#check(trace, access))
      : this.#check(trace, access)
  }

  #check(trace: Trace, { store }: Access): void | Promise<void> {
    trace.isCounted = true
    const resources = findResources(trace, store)
    return resources instanceof Promise
      ? resources.then(found => this.#checkAll(trace, found))
      : this.#checkAll(trace, resources)
  }

  /** A token proves nothing that the grant does not, since grants take effect at once; but it must be one. */
  #checkGrantTokens({ input, provedCaller }: Trace): void {
    const { GrantTokens: tokens } = input as { GrantTokens?: readonly string[] }
    for (const token of tokens ?? []) openGrantToken(this.#options.hsm, token, provedCaller.scope)
  }

  async #resolveRetirement(trace: Trace, { store }: Access): Promise<void> {
    const caller = trace.provedCaller
    const grant = await findRetirement(trace, this.#options.hsm, store)
    const key = await readResolvedKey(store, grant, grant.keyId)
    if (key === undefined) throw new Error(`grant ${grant.grantId} has no key`)
    trace.retiredGrant = grant
    const requirement = { from: () => undefined, forms: 'key', state: 'RetireGrant' } as const
    trace.uses.push({
      name: 'key',
      requirement,
      action: 'kms:RetireGrant',
      input: trace.input,
      caller,
      key,
      namedAs: key.arn,
      now: trace.time,
    })
    // Last, so that the record of a denial names the grant.
    authorizeRetirement(grant, trace, this.#authorizer)
  }

  /**
   * One key after the other, each found and then authorized before the next is looked for: a caller who may not use the
   * first is not told whether the second exists.
   */
  #resolveAndAuthorize(trace: Trace, access: Access, from = 0): void | Promise<void> {
    const { call, input } = trace
    const caller = trace.provedCaller
    for (let index = from; index < call.operation.keys.length; index++) {
      const [name, requirement] = call.operation.keys[index] as (typeof call.operation.keys)[number]
      const use = resolveKey(
        {
          name,
          requirement,
          action: trace.actionOf(requirement),
          input,
          caller,
          firstKey: trace.uses[0]?.key,
          now: trace.time,
        },
        access.keys,
      )
      const authorized =
        use instanceof Promise
          ? use.then(found => this.#authorizeUse(trace, found, access))
          : this.#authorizeUse(trace, use, access)
      if (authorized instanceof Promise) {
        return authorized.then(() => this.#resolveAndAuthorize(trace, access, index + 1))
      }
    }
  }

  #authorizeUse(trace: Trace, use: KeyUse, access: Access): void | Promise<void> {
    if (use.requirement.asksLastUse === true && use.lastUsedAt === undefined) {
      return this.#withLastUse(use, access).then(known => this.#authorizeKnown(trace, known, access))
    }
    return this.#authorizeKnown(trace, use, access)
  }

  async #withLastUse(use: KeyUse, { store }: Access): Promise<KeyUse> {
    const { accountId, region, keyId } = use.key.key
    const last = await this.#options.usages.find({ accountId, region }, keyId, store)
    return { ...use, lastUsedAt: last?.usedAt }
  }

  #authorizeKnown(trace: Trace, use: KeyUse, { grants }: Access): void | Promise<void> {
    // First, so that the record of a denial names the key.
    trace.uses.push(use)
    const caller = trace.provedCaller
    const isOwn = use.key.key.accountId === caller.scope.accountId
    if (isOwn) this.#countKey(trace, use)
    const authorized = this.#authorizer.authorizeKey(trace, use, grants)
    if (isOwn) return authorized
    // Of another account's keys a caller who may not use them is not told by being throttled either.
    return authorized instanceof Promise
      ? authorized.then(() => this.#countKey(trace, use))
      : this.#countKey(trace, use)
  }

  /** A call counts once, by its first key. */
  #countKey(trace: Trace, { key }: KeyUse): void {
    const { throttle } = this.#options
    if (throttle === undefined || trace.isCounted || trace.isKeyCounted) return
    trace.isKeyCounted = true
    throttle.countKey(trace.provedCaller.scope, trace.call.operation.name, key.key.keySpec, trace.input)
  }

  #checkAll(trace: Trace, resources: readonly ResourceRequirement<never>[]): void {
    trace.resources = resources
    for (const resource of resources) {
      this.#authorizer.authorizeResource(trace, trace.actionOf(resource), resource)
    }
    for (const use of trace.uses) checkKey(trace, use)
  }
}

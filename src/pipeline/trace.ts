import { type AuditedCaller, type AuditedResource, type EventRecord, renderRecord } from '../audit/index.ts'
import type { Grant, KeyEvent, ServiceError } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import { type Json, type Millis, uuid } from '../std/index.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'
import type { KeyUse } from './key-use.ts'
import type { Disclosure, ResourceRequirement } from './operation.ts'

const keyType = 'AWS::KMS::Key'

/** One call on its way: what is known of it so far, and so what its record can tell. */
export class Trace {
  readonly requestId = uuid()
  readonly eventId = uuid()
  readonly call: Call
  readonly time: Millis
  caller: Caller | undefined
  input: unknown
  uses: KeyUse[] = []
  resources: readonly ResourceRequirement<never>[] = []
  /** The enclave that the answer is to be sealed for. */
  recipient: Attestation | undefined
  /** The grant that is to be retired. */
  retiredGrant: Grant | undefined
  /** What the operation prepared before its transaction. */
  prepared: unknown
  /** What the service did to keys because of the call. */
  events: KeyEvent[] = []
  /** Whether the request quotas have counted it already. */
  isCounted = false
  /** Whether they have counted it by its key. */
  isKeyCounted = false
  output: Json | undefined
  error: ServiceError | undefined
  readonly #defaultRegion: string
  #result: unknown
  #record: string | undefined
  /** The event ids of the records for other accounts, by account. */
  readonly #sharedEvents = new Map<string, string>()
  #sharedEventId: string | undefined

  constructor(call: Call, time: Millis, defaultRegion: string) {
    this.call = call
    this.time = time
    this.#defaultRegion = defaultRegion
  }

  /** The keys found, by the names the handler gets them by. */
  get keys(): Record<string, ResolvedKey> {
    const keys: Record<string, ResolvedKey> = {}
    for (const { name, key } of this.uses) keys[name] = key
    return keys
  }

  /** The caller, once proved. */
  get provedCaller(): Caller {
    if (this.caller === undefined) throw new Error('the caller is not proved')
    return this.caller
  }

  /** The action that a requirement asks for: its own, or the operation's. */
  actionOf(requirement: { readonly action?: string }): string {
    return requirement.action ?? `${this.call.service.name}:${this.call.operation.name}`
  }

  /** The secrets in the result live on in the encoded output only. */
  succeed(result: unknown): void {
    const { output } = this.call.operation
    this.#result = result
    this.#record = undefined
    this.#shareEvents()
    this.output = output?.encode(result)
    output?.wipe?.(result)
  }

  fail(error: ServiceError): void {
    this.error = error
    this.output = undefined
    // A call that fails is its caller's alone.
    this.#sharedEvents.clear()
    this.#sharedEventId = undefined
    this.#record = undefined
  }

  /** What nobody needs any more once the call is on record: the secrets in its input. */
  wipeInput(): void {
    if (this.input !== undefined) this.call.operation.input.wipe?.(this.input)
  }

  /** The audit record's line, as things stand. */
  record(): string {
    this.#record ??= this.#render()
    return this.#record
  }

  /** The records for the accounts of others whose keys a call has used: it is in their trails too (CloudTrail user guide, "sharedEventID"). */
  recordsForOthers(): readonly EventRecord[] {
    const records: EventRecord[] = []
    for (const [accountId, eventId] of this.#sharedEvents) {
      records.push({ eventId, recordedAt: this.time, line: this.#render(eventId, accountId) })
    }
    return records
  }

  /** The id of the record that tells an account of the call. */
  eventIdFor(accountId: string): string {
    return this.#sharedEvents.get(accountId) ?? this.eventId
  }

  #shareEvents(): void {
    for (const { key } of this.uses) {
      const { accountId } = key.key
      if (accountId === this.caller?.scope.accountId || this.#sharedEvents.has(accountId)) continue
      this.#sharedEvents.set(accountId, uuid())
      this.#sharedEventId ??= uuid()
    }
  }

  #render(eventId = this.eventId, recipientAccountId = this.caller?.scope.accountId): string {
    const { call, caller, error } = this
    const { operation, service } = call
    const disclosure = error === undefined ? this.#discloseOutput() : undefined
    return renderRecord({
      eventId,
      requestId: this.requestId,
      time: this.time,
      eventSource: service.eventSource,
      eventName: operation.name,
      region: caller?.scope.region ?? this.#defaultRegion,
      caller: caller && auditedCaller(caller),
      // As CloudTrail has it: for the calls of a service it has the service's name instead.
      sourceIpAddress: caller?.service?.name ?? call.sourceIpAddress,
      userAgent: caller?.service?.name ?? call.userAgent,
      isReadOnly: operation.effect === 'read',
      error,
      requestParameters: this.#discloseInput(),
      responseElements: disclosure?.responseElements ?? null,
      additionalEventData: this.#additionalEventData(disclosure),
      resources: this.#auditedResources(disclosure?.createdKeyArn),
      recipientAccountId,
      sharedEventId: this.#sharedEventId,
    })
  }

  #discloseOutput(): Disclosure | undefined {
    const { disclose, effect } = this.call.operation
    if (disclose !== undefined) return disclose(this.#result, this.keys, this.input)
    const changed = effect === 'write' ? this.uses.at(-1) : undefined
    return changed && { responseElements: { keyId: changed.key.arn } }
  }

  #additionalEventData(disclosure: Disclosure | undefined): Disclosure['additionalEventData'] {
    const { error, recipient, retiredGrant } = this
    const data = error?.reason === undefined ? disclosure?.additionalEventData : { reason: error.reason }
    if (recipient === undefined && retiredGrant === undefined) return data
    return {
      ...data,
      ...(retiredGrant && { grantId: retiredGrant.grantId }),
      ...(recipient && { recipient: discloseRecipient(recipient) }),
    }
  }

  #discloseInput(): Json {
    const shown = this.input === undefined ? undefined : this.call.operation.input.disclose(this.input)
    return shown === undefined || Object.keys(shown as object).length === 0 ? null : shown
  }

  #auditedResources(createdKeyArn: string | undefined): AuditedResource[] {
    const resources: AuditedResource[] = []
    const callerAccountId = this.caller?.scope.accountId ?? ''
    for (const { arn, type, accountId = callerAccountId } of this.resources) {
      if (type !== undefined) resources.push({ accountId, type, arn })
    }
    // Whom another account denies a key is not told, in its own records either, whether there is one.
    const isDenied = this.error?.code === 'AccessDeniedException'
    for (const { key } of this.uses) {
      if (isDenied && key.key.accountId !== callerAccountId) continue
      resources.push({ accountId: key.key.accountId, type: keyType, arn: key.arn })
    }
    if (createdKeyArn !== undefined)
      resources.push({ accountId: callerAccountId, type: keyType, arn: createdKeyArn })
    return resources
  }
}

/** The access key of a service is no part of whom it calls for. */
function auditedCaller({ identity, accessKeyId, service }: Caller): AuditedCaller {
  const { principal, session } = identity
  if (service === undefined) return { principal, session, accessKeyId }
  return {
    principal,
    session,
    accessKeyId: service.isOnBehalf ? undefined : accessKeyId,
    invokedBy: service.name,
  }
}

/** As CloudTrail tells of an enclave (AWS Nitro Enclaves user guide, "Cryptographic attestation"). */
function discloseRecipient({ moduleId, pcrs }: Attestation): Json {
  const shown: { [name: string]: Json } = { attestationDocumentModuleId: moduleId }
  const imageDigest = pcrs.get(0)
  if (imageDigest !== undefined) shown['attestationDocumentEnclaveImageDigest'] = imageDigest
  for (const index of [1, 2, 3, 4, 8]) {
    const pcr = pcrs.get(index)
    if (pcr !== undefined) shown[`attestationDocumentEnclavePCR${index}`] = pcr
  }
  return shown
}

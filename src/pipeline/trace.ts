import { type AuditedResource, renderRecord } from '../audit/index.ts'
import type { ServiceError } from '../domain/index.ts'
import { type Json, type Millis, uuid } from '../std/index.ts'
import type { Call, Caller } from './call.ts'
import type { Disclosure, ResourceRequirement } from './operation.ts'
import type { KeyUse } from './resolve.ts'
import type { ResolvedKey } from './resolved-key.ts'

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
  resources: readonly ResourceRequirement[] = []
  output: Json | undefined
  error: ServiceError | undefined
  readonly #defaultRegion: string
  #result: unknown
  #record: string | undefined

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

  succeed(result: unknown): void {
    this.#result = result
    this.#record = undefined
    this.output = this.call.operation.output?.encode(result)
  }

  fail(error: ServiceError): void {
    this.error = error
    this.output = undefined
    this.#record = undefined
  }

  /** The audit record's line, as things stand. */
  record(): string {
    this.#record ??= this.#render()
    return this.#record
  }

  #render(): string {
    const { call, caller, error } = this
    const { operation, service } = call
    const disclosure = error === undefined ? this.#discloseOutput() : undefined
    return renderRecord({
      eventId: this.eventId,
      requestId: this.requestId,
      time: this.time,
      eventSource: service.eventSource,
      eventName: operation.name,
      region: caller?.scope.region ?? this.#defaultRegion,
      caller: caller && { principal: caller.identity.principal, accessKeyId: caller.accessKeyId },
      sourceIpAddress: call.sourceIpAddress,
      userAgent: call.userAgent,
      isReadOnly: operation.effect === 'read',
      error,
      requestParameters: this.#discloseInput(),
      responseElements: disclosure?.responseElements ?? null,
      additionalEventData:
        error?.reason === undefined ? disclosure?.additionalEventData : { reason: error.reason },
      resources: this.#auditedResources(disclosure?.createdKeyArn),
    })
  }

  #discloseOutput(): Disclosure | undefined {
    const { disclose, effect } = this.call.operation
    if (disclose !== undefined) return disclose(this.#result, this.keys)
    const changed = effect === 'write' ? this.uses.at(-1) : undefined
    return changed && { responseElements: { keyId: changed.key.arn } }
  }

  #discloseInput(): Json {
    const shown = this.input === undefined ? undefined : this.call.operation.input.disclose(this.input)
    return shown === undefined || Object.keys(shown as object).length === 0 ? null : shown
  }

  #auditedResources(createdKeyArn: string | undefined): AuditedResource[] {
    const resources: AuditedResource[] = []
    const callerAccountId = this.caller?.scope.accountId ?? ''
    for (const { arn, type } of this.resources) {
      if (type !== undefined) resources.push({ accountId: callerAccountId, type, arn })
    }
    for (const { key } of this.uses) {
      resources.push({ accountId: key.key.accountId, type: keyType, arn: key.arn })
    }
    if (createdKeyArn !== undefined)
      resources.push({ accountId: callerAccountId, type: keyType, arn: createdKeyArn })
    return resources
  }
}

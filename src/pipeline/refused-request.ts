import { type Recorder, renderRefusedRequest } from '../audit/index.ts'
import type { ServiceError } from '../domain/index.ts'
import type { Answer, RefusedRequest } from '../operation/index.ts'
import { uuid } from '../std/index.ts'
import { unrecordable } from './answerable.ts'
import type { Machine } from './machine.ts'
import { regionOfRequest } from './request-region.ts'

/** Records a request that is no call. Returns its answer once the record is durable. Never rejects. */
export function recordRefusedRequest(
  refused: RefusedRequest,
  { audit, clock, defaultRegion }: Pick<Machine, 'audit' | 'clock' | 'defaultRegion'>,
): Promise<Answer> {
  const requestId = uuid()
  const { error, service, operationName, sourceIpAddress, endpoint, ...client } = refused
  const operation = service?.operations.get(operationName ?? '')
  const line = renderRefusedRequest({
    ...client,
    requestId,
    eventId: uuid(),
    time: clock.now(),
    eventSource: service?.eventSource,
    eventName: operationName,
    region: service?.records?.region ?? regionOfRequest(refused, defaultRegion),
    isReadOnly: operation?.effect === 'read',
    sourceIpAddress,
    vpcEndpoint: endpoint,
    errorCode: service?.records?.errorCodes?.[error.code] ?? error.code,
    // The texts of this error repeat words of the request. AWS sends none with it.
    errorMessage: error.code === 'UnknownOperationException' ? undefined : error.text,
    reason: error.reason,
  })
  return appendUnproved(audit, line, error, sourceIpAddress).then(
    () => ({ requestId, output: undefined, error }),
    () => ({ requestId, output: undefined, error: unrecordable(service ?? {}) }),
  )
}

/** Appends the record of a request whose sender is not proved. Such records have a budget, because everybody can cause them. */
export function appendUnproved(
  audit: Recorder,
  line: string,
  error: ServiceError | undefined,
  address: string,
): Promise<void> {
  return audit.appendRefusal(line, { code: error?.code ?? 'none', address })
}

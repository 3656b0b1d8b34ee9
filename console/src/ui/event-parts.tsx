import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { keyIdIn } from '../model/audit/events.ts'
import { href } from '../route/use-route.ts'

/** Whether a call succeeded, or the code of its error. */
export function Outcome({ errorCode }: { readonly errorCode: string }) {
  return errorCode === '' ? <>-</> : <StatusIndicator type="error">{errorCode}</StatusIndicator>
}

/** The name of a resource; that of a key leads to the key. */
export function ResourceName({ name, region }: { readonly name: string; readonly region: string }) {
  const keyId = keyIdIn(name)
  if (keyId === undefined) return <>{name}</>
  return (
    <Link href={href('key', { keyId: name })} ariaLabel={`Key ${keyId} in ${region}`}>
      {keyId}
    </Link>
  )
}

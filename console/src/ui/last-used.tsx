import Box from '@cloudscape-design/components/box'
import { lastUseOf } from '../model/last-use.ts'
import { kms } from '../wire/kms.ts'
import { useCall } from '../wire/use-call.ts'
import { ErrorText } from './states/error-text.tsx'
import { Time } from './time.tsx'

/** The last use of the key, with AWS's advice for those who would delete it. */
export function LastUsed({ keyId }: { readonly keyId: string }) {
  const { data, error } = useCall('GetKeyLastUsage', kms.getKeyLastUsage, { KeyId: keyId })
  if (error !== null) return <ErrorText error={error} action="kms:GetKeyLastUsage" />
  if (data === undefined) return <>-</>
  const use = lastUseOf(data)
  return (
    <>
      {use.kind === 'used' && (
        <>
          {use.operation}, <Time at={use.at} />
        </>
      )}
      {use.kind === 'never' && 'Never'}
      {use.kind === 'notSince' && (
        <>
          Not since <Time at={use.since} />
        </>
      )}
      <Box variant="small" display="block">
        Do not delete a key on this alone: disable it first, and watch for DisabledException.
      </Box>
    </>
  )
}

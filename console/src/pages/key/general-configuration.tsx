import type { KeyMetadata } from '@aws-sdk/client-kms'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { regionalityLabel, stateIndicator, stateLabel } from '../../model/labels.ts'
import { Copy } from '../../ui/copy.tsx'
import { Info } from '../../ui/help.tsx'
import { ErrorText } from '../../ui/states/error-text.tsx'
import { Time } from '../../ui/time.tsx'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'

/** The facts of a key above its tabs. */
export function GeneralConfiguration({ metadata }: { readonly metadata: KeyMetadata }) {
  const {
    Arn: arn = '',
    KeyState,
    Description,
    CreationDate,
    CurrentKeyMaterialId,
    DeletionDate,
    ValidTo,
  } = metadata
  return (
    <Container header={<Header variant="h2">General configuration</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'ARN', value: <Copied text={arn} label="Copy ARN" /> },
          {
            label: 'Status',
            value: <StatusIndicator type={stateIndicator(KeyState)}>{stateLabel(KeyState)}</StatusIndicator>,
          },
          { label: 'Creation date', value: <Time at={CreationDate} /> },
          { label: 'Description', value: Description || '-' },
          { label: 'Regionality', value: regionalityLabel(metadata) },
          {
            label: 'Last used',
            info: <Info topic="lastUsed" about="the last use" />,
            value: <LastUsed keyId={arn} />,
          },
          ...(CurrentKeyMaterialId === undefined
            ? []
            : [
                {
                  label: 'Current key material',
                  value: <Copied text={CurrentKeyMaterialId} label="Copy key material ID" />,
                },
              ]),
          ...(DeletionDate === undefined
            ? []
            : [{ label: 'Deletion date', value: <Time at={DeletionDate} /> }]),
          ...(ValidTo === undefined ? [] : [{ label: 'Expiration date', value: <Time at={ValidTo} /> }]),
        ]}
      />
    </Container>
  )
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <>
      <Copy text={text} label={label} /> {text}
    </>
  )
}

/** The last use of the key. Keyward counts from the creation of a key, so that no use means that it was never used. */
function LastUsed({ keyId }: { readonly keyId: string }) {
  const { data, error } = useCall('GetKeyLastUsage', kms.getKeyLastUsage, { KeyId: keyId })
  if (error !== null) return <ErrorText error={error} action="kms:GetKeyLastUsage" />
  if (data === undefined) return <>-</>
  const { Operation, Timestamp } = data.KeyLastUsage ?? {}
  if (Timestamp === undefined) return <>Never</>
  return (
    <>
      {Operation}, <Time at={Timestamp} />
    </>
  )
}

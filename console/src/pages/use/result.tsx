import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { toBase64 } from '../../model/bytes/base64.ts'
import { textOf } from '../../model/bytes/printable.ts'
import { publicKeyPem } from '../../model/pem.ts'
import type { Outcome } from '../../model/use/fields.ts'
import { Copy } from '../../ui/copy.tsx'
import { downloadBytes } from '../../ui/download.ts'
import type { CryptographicAnswer } from '../../wire/kms-cryptography.ts'

interface ResultProps {
  readonly shown: readonly Outcome[]
  readonly answer: CryptographicAnswer
}

/** The answer of a call. Screen readers say that it is there. */
export function Result({ shown, answer }: ResultProps) {
  const { KeyId } = answer
  return (
    <div role="status">
      <SpaceBetween size="l">
        {shown.map(outcome => (
          <OneOutcome key={outcome.member} outcome={outcome} value={answer[outcome.member]} />
        ))}
        {typeof KeyId === 'string' && (
          <div>
            <Box variant="awsui-key-label">Key</Box>
            <span className="id-text">{KeyId}</span>
          </div>
        )}
      </SpaceBetween>
    </div>
  )
}

interface OneOutcomeProps {
  readonly outcome: Outcome
  readonly value: unknown
}

function OneOutcome({ outcome, value }: OneOutcomeProps) {
  const { kind, label } = outcome
  if (kind === 'status')
    return (
      <StatusIndicator type={value === true ? 'success' : 'error'}>
        {label} {value === true ? 'valid' : 'not valid'}
      </StatusIndicator>
    )
  return value instanceof Uint8Array ? <Bytes outcome={outcome} bytes={value} /> : null
}

/** Bytes to see, to copy and to download. A secret is in no element until somebody asks for it. */
function Bytes({ outcome, bytes }: { readonly outcome: Outcome; readonly bytes: Uint8Array }) {
  const { kind, label, file } = outcome
  const [isShown, setShown] = useState(kind !== 'secret')
  const { text, form } = written(bytes, kind)
  const download = () => downloadBytes(file, kind === 'publicKey' ? new TextEncoder().encode(text) : bytes)
  return (
    <div>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box variant="awsui-key-label">
          {label} ({bytes.length} bytes, {form})
        </Box>
        {kind === 'secret' && (
          <Button
            iconName={isShown ? 'lock-private' : 'unlocked'}
            ariaLabel={`${isShown ? 'Hide' : 'Show'} ${label}`}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? 'Hide' : 'Show'}
          </Button>
        )}
        {isShown && <Copy text={text} label={`Copy ${label}`} isNamed />}
        <Button iconName="download" ariaLabel={`Download ${label}`} onClick={download}>
          Download
        </Button>
      </SpaceBetween>
      {isShown && (
        <Box margin={{ top: 'xs' }}>
          <pre className="policy-text">{text}</pre>
        </Box>
      )}
    </div>
  )
}

/** Bytes as people can read them: a secret may be a text. */
function written(bytes: Uint8Array, kind: Outcome['kind']): { text: string; form: string } {
  if (kind === 'publicKey') return { text: publicKeyPem(toBase64(bytes)), form: 'PEM' }
  const text = kind === 'secret' ? textOf(bytes) : undefined
  return text === undefined ? { text: toBase64(bytes), form: 'Base64' } : { text, form: 'text' }
}

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useState } from 'react'
import { anonymous, type Credentials } from '../../session/credentials.ts'
import { serverConfig } from '../../session/server-config.ts'
import { signIn } from '../../session/sign-in.ts'
import { ErrorBox } from '../../ui/states/error-box.tsx'
import { ApiError } from '../../wire/errors.ts'

/** The texts of the fields. */
interface Typed {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

const isMissing = (text: string) => text.trim() === ''

/** The credentials that somebody typed. Spaces around them come from copying. */
function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: Typed): Credentials {
  return {
    accessKeyId: accessKeyId.trim(),
    secretAccessKey: secretAccessKey.trim(),
    ...(!isMissing(sessionToken) && { sessionToken: sessionToken.trim() }),
  }
}

/** The form that takes an access key. */
export function SignInForm() {
  const [typed, setTyped] = useState<Typed>({ accessKeyId: '', secretAccessKey: '', sessionToken: '' })
  const [keeps, setKeeps] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const [isTried, setTried] = useState(false)

  const enter = async (credentials: Credentials) => {
    setBusy(true)
    setError(undefined)
    try {
      await signIn(credentials, { keeps })
    } catch (thrown) {
      setError(thrown as Error)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    setTried(true)
    if (!isBusy && !isMissing(typed.accessKeyId) && !isMissing(typed.secretAccessKey))
      void enter(credentialsOf(typed))
  }

  return (
    <form onSubmit={submit}>
      <Container header={<Box variant="h1">Keyward</Box>}>
        <SpaceBetween size="m">
          {error !== undefined && (
            <SignInError error={error} onRetry={() => void enter(credentialsOf(typed))} />
          )}
          <AccessKeyFields value={typed} isTried={isTried} onChange={setTyped} />
          <Checkbox
            checked={keeps}
            description="Off: a reload of the page signs you out."
            onChange={({ detail }) => setKeeps(detail.checked)}
          >
            Keep until this tab closes
          </Checkbox>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" loading={isBusy}>
              Sign in
            </Button>
            {!serverConfig().checksSignatures && (
              <Button formAction="none" onClick={() => void enter(anonymous)}>
                Continue as root user
              </Button>
            )}
          </SpaceBetween>
        </SpaceBetween>
      </Container>
    </form>
  )
}

interface AccessKeyFieldsProps {
  readonly value: Typed
  /** Whether somebody tried to sign in, so that empty fields are faults. */
  readonly isTried: boolean
  readonly onChange: (value: Typed) => void
}

function AccessKeyFields({ value, isTried, onChange }: AccessKeyFieldsProps) {
  const missing = (text: string, name: string) =>
    isTried && isMissing(text) ? `Enter the ${name}.` : undefined
  const change = (member: keyof Typed) => (event: { readonly detail: { readonly value: string } }) =>
    onChange({ ...value, [member]: event.detail.value })
  return (
    <SpaceBetween size="m">
      <FormField label="Access key ID" errorText={missing(value.accessKeyId, 'access key ID')}>
        <Input
          value={value.accessKeyId}
          autoComplete={false}
          spellcheck={false}
          autoFocus
          onChange={change('accessKeyId')}
        />
      </FormField>
      <FormField label="Secret access key" errorText={missing(value.secretAccessKey, 'secret access key')}>
        <Input
          type="password"
          value={value.secretAccessKey}
          autoComplete={false}
          onChange={change('secretAccessKey')}
        />
      </FormField>
      <FormField label="Session token" description="For temporary credentials only.">
        <Input
          type="password"
          value={value.sessionToken}
          autoComplete={false}
          onChange={change('sessionToken')}
        />
      </FormField>
    </SpaceBetween>
  )
}

/** The fields that an error of a sign-in is about. */
const fields: Readonly<Record<string, string>> = {
  InvalidClientTokenId: 'The server does not know this access key ID, or it is not active.',
  SignatureDoesNotMatch:
    'The secret access key is a different one. If it is right, a proxy on the way changes the Host header.',
  ExpiredToken: 'The temporary credentials are over: get new ones.',
}

function SignInError({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const [kind, code] = error instanceof ApiError ? [error.kind, error.facts.code] : []
  const advice = code === undefined || kind === 'wrongClock' ? undefined : fields[code]
  return (
    <SpaceBetween size="xs">
      <ErrorBox
        error={error}
        onRetry={kind === 'wrongClock' || kind === 'unreachable' ? onRetry : undefined}
      />
      {advice}
    </SpaceBetween>
  )
}

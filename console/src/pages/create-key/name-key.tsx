import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { aliasFault } from '../../model/aliases.ts'
import { href } from '../../route/use-route.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'

interface NameKeyProps {
  readonly keyId: string
  /** The alias that was refused. */
  readonly refused: string
  readonly error: Error
  readonly isBusy: boolean
  readonly onRetry: (alias: string) => void
}

/** The end of the wizard if the key was made and its alias was refused. */
export function NameKey({ keyId, refused, error, isBusy, onRetry }: NameKeyProps) {
  const [alias, setAlias] = useState(refused)
  const [isTried, setTried] = useState(false)
  const retry = () => {
    setTried(true)
    if (aliasFault(alias) === undefined) onRetry(alias)
  }
  return (
    <SpaceBetween size="l">
      <Header variant="h1">The key has no alias yet</Header>
      <Alert
        type="warning"
        header="The key was made, but its alias was refused"
        action={<Link href={href('key', { keyId })}>View key</Link>}
      >
        The key {keyId} exists and can be used. Do not make it again: give it a different alias here, or
        later.
      </Alert>
      <ErrorAlert error={error} action="kms:CreateAlias" />
      <form
        onSubmit={event => {
          event.preventDefault()
          retry()
        }}
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="Alias" errorText={isTried ? aliasFault(alias) : undefined}>
              <Input
                value={alias}
                autoComplete={false}
                spellcheck={false}
                onChange={({ detail }) => setAlias(detail.value)}
              />
            </FormField>
            <Button variant="primary" loading={isBusy}>
              Create alias
            </Button>
          </SpaceBetween>
        </Container>
      </form>
    </SpaceBetween>
  )
}

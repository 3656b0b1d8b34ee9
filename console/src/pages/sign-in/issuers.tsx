import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useState } from 'react'
import { isRoleArn } from '../../model/roles.ts'
import { startSignIn } from '../../session/oidc.ts'
import { type Issuer, serverConfig } from '../../session/server-config.ts'

/** The identity providers that people can sign in with. */
export function Issuers() {
  const [keeps, setKeeps] = useState(false)
  return (
    <Container header={<Box variant="h2">Identity provider</Box>}>
      <SpaceBetween size="m">
        {serverConfig().issuers.map(issuer => (
          <IssuerForm key={issuer.issuer} issuer={issuer} keeps={keeps} />
        ))}
        <Checkbox
          checked={keeps}
          description="Off: a reload of the page signs you out."
          onChange={({ detail }) => setKeeps(detail.checked)}
        >
          Stay signed in until this tab closes
        </Checkbox>
      </SpaceBetween>
    </Container>
  )
}

interface IssuerFormProps {
  readonly issuer: Issuer
  readonly keeps: boolean
}

function IssuerForm({ issuer, keeps }: IssuerFormProps) {
  const [role, setRole] = useState(issuer.roles[0] ?? '')
  const [isTried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (isRoleArn(role.trim())) startSignIn(issuer, role.trim(), { keeps })
  }
  const fault = isTried && !isRoleArn(role.trim()) ? 'Enter the ARN of a role.' : undefined
  return (
    <form onSubmit={submit}>
      <SpaceBetween size="s">
        {issuer.roles.length !== 1 && (
          <FormField label={`Role for ${issuer.name}`} errorText={fault}>
            <RoleField roles={issuer.roles} value={role} onChange={setRole} />
          </FormField>
        )}
        <Button variant="primary">Sign in with {issuer.name}</Button>
      </SpaceBetween>
    </form>
  )
}

interface RoleFieldProps {
  readonly roles: readonly string[]
  readonly value: string
  readonly onChange: (next: string) => void
}

/** A role of the listed ones; any role if none is listed. */
function RoleField({ roles, value, onChange }: RoleFieldProps) {
  if (roles.length === 0)
    return (
      <Input
        value={value}
        placeholder="arn:aws:iam::111122223333:role/Operators"
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value)}
      />
    )
  return (
    <Select
      options={roles.map(arn => ({ value: arn, label: arn }))}
      selectedOption={{ value, label: value }}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  )
}

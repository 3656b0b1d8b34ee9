import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import Toggle from '@cloudscape-design/components/toggle'
import {
  bytesDraftOf,
  choiceOf,
  type Draft,
  type DraftedCall,
  type DraftFacts,
  isOn,
  maxBytesOf,
  messageTypeOf,
} from '../../model/use/draft.ts'
import type { Field } from '../../model/use/fields.ts'
import { digestNameOf, messageTypesOf } from '../../model/use/messages.ts'
import { BytesField } from './bytes-field.tsx'
import { ChoiceField } from './choice-field.tsx'
import { ContextField } from './context-field.tsx'

interface OneFieldProps {
  readonly field: Field
  readonly draft: Draft
  readonly call: DraftedCall
  readonly facts: DraftFacts
  readonly onChange: (change: (draft: Draft) => Draft) => void
}

/** A field of a form. */
export function OneField({ field, draft, call, facts, onChange }: OneFieldProps) {
  const { member, label } = field
  const fault = call.faults[member]
  const set = <P extends keyof Draft>(part: P, value: Draft[P][string], name = member) =>
    onChange(before => ({ ...before, [part]: { ...before[part], [name]: value } }))
  switch (field.kind) {
    case 'choice':
      return (
        <ChoiceField
          label={label}
          value={choiceOf(draft, field)}
          options={field.options}
          words={field.words}
          onChange={value => set('texts', value)}
        />
      )
    case 'toggle':
      return (
        <Toggle
          checked={isOn(draft, member)}
          description={field.description}
          onChange={({ detail }) => set('toggles', detail.checked)}
        >
          {label}
        </Toggle>
      )
    case 'key':
    case 'publicKey': {
      const text = draft.texts[member] ?? ''
      return <TextField field={field} value={text} fault={fault} onChange={value => set('texts', value)} />
    }
    case 'context':
      return (
        <ContextField
          label={label}
          rows={draft.contexts[member] ?? []}
          fault={fault}
          onChange={rows => set('contexts', rows)}
        />
      )
    case 'bytes': {
      const bytes = (
        <BytesField
          label={label}
          value={bytesDraftOf(draft, field)}
          constraint={constraintOf(field, call, facts)}
          fault={fault}
          onChange={value => set('bytes', value)}
        />
      )
      if (field.isMessage !== true) return bytes
      return (
        <SpaceBetween size="l">
          <MessageType draft={draft} call={call} onChange={type => set('texts', type, 'MessageType')} />
          {bytes}
        </SpaceBetween>
      )
    }
  }
}

interface TextFieldProps {
  readonly field: Field
  readonly value: string
  readonly fault: string | undefined
  readonly onChange: (next: string) => void
}

/** The name of a key, or a public key. */
function TextField({ field: { kind, label }, value, fault, onChange }: TextFieldProps) {
  if (kind === 'key')
    return (
      <FormField label={label} constraintText="A key ID, an ARN, or an alias with alias/ before it">
        <Input value={value} autoComplete={false} onChange={({ detail }) => onChange(detail.value)} />
      </FormField>
    )
  return (
    <FormField label={label} constraintText="In PEM" errorText={fault} stretch>
      <Textarea value={value} rows={6} spellcheck={false} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  )
}

interface MessageTypeProps {
  readonly draft: Draft
  readonly call: DraftedCall
  readonly onChange: (type: string) => void
}

/** Whether the bytes are the message, or what the algorithm signs in its place. */
function MessageType({ draft, call, onChange }: MessageTypeProps) {
  const algorithm = String(call.input['SigningAlgorithm'])
  const types = messageTypesOf(algorithm)
  if (types.length === 1) return null
  return (
    <FormField label="Message type">
      <RadioGroup
        ariaLabel="Message type"
        value={messageTypeOf(draft, algorithm)}
        items={types.map(type => ({ value: type, label: typeWords[type] }))}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  )
}

const typeWords = { RAW: 'The message', DIGEST: 'Its digest', EXTERNAL_MU: 'Its external μ' } as const

function constraintOf(
  field: Field & { readonly kind: 'bytes' },
  call: DraftedCall,
  facts: DraftFacts,
): string {
  const maxBytes = maxBytesOf(field, call.input, facts)
  const { madeDigest } = call
  if (field.isMessage !== true) return `At most ${maxBytes} bytes`
  if (madeDigest !== undefined)
    return `This browser makes the ${madeDigest} digest of the message, and the server gets the digest.`
  return digestNameOf(String(call.input['SigningAlgorithm'])) === undefined
    ? `At most ${maxBytes} bytes`
    : `The server gets the digest of a message of more than ${maxBytes} bytes.`
}

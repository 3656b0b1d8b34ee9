import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import TokenGroup from '@cloudscape-design/components/token-group'
import { type ReactNode, useState } from 'react'
import { type KeyPlace, readPrincipals } from '../../model/new-key.ts'

interface PastePrincipalsProps {
  readonly header: ReactNode
  readonly place: KeyPlace
  /** The ARNs that were pasted before. */
  readonly pasted: readonly string[]
  readonly onAdd: (arns: readonly string[]) => void
  readonly onRemove: (arn: string) => void
}

/** Takes ARNs of users and roles from somebody who may not list them. */
export function PastePrincipals({ header, place, pasted, onAdd, onRemove }: PastePrincipalsProps) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const add = () => {
    const { arns, fault: found } = readPrincipals(text, place)
    setFault(found)
    if (found !== undefined) return
    onAdd(arns)
    setText('')
  }
  return (
    <Container header={header}>
      <SpaceBetween size="s">
        <FormField
          label="ARNs of users and roles"
          description="Name them here, one a line, as you may not list all of them."
          errorText={fault}
        >
          <Textarea value={text} rows={3} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        <Button onClick={add}>Add ARNs</Button>
        {pasted.length > 0 && (
          <TokenGroup
            alignment="vertical"
            items={pasted.map(arn => ({ label: arn, dismissLabel: `Remove ${arn}` }))}
            onDismiss={({ detail }) => onRemove(pasted[detail.itemIndex] ?? '')}
          />
        )}
      </SpaceBetween>
    </Container>
  )
}

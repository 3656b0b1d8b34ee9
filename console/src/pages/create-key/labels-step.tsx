import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { aliasFault } from '../../model/aliases.ts'
import { descriptionFault } from '../../model/new-key.ts'
import { Info } from '../../ui/help.tsx'
import { TagRows } from '../../ui/tag-rows.tsx'
import type { StepProps } from './step-props.ts'

/** The second step: names and notes. */
export function LabelsStep(props: StepProps) {
  const { value, onChange, isTried } = props
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="Policies can allow access by alias and by tag. Write no secrets here."
          >
            Labels
          </Header>
        }
      >
        <SpaceBetween size="l">
          <FormField
            label="Alias"
            info={<Info topic="alias" about="the alias" />}
            constraintText="Letters, digits, and the characters / _ - . The prefix alias/ is added if it is not typed."
            errorText={isTried ? aliasFault(value.alias) : undefined}
          >
            <Input
              value={value.alias}
              autoComplete={false}
              spellcheck={false}
              ariaRequired
              onChange={({ detail }) => onChange({ ...value, alias: detail.value })}
            />
          </FormField>
          <FormField label="Description - optional" errorText={descriptionFault(value.description)}>
            <Textarea
              value={value.description}
              rows={3}
              onChange={({ detail }) => onChange({ ...value, description: detail.value })}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <Tags {...props} />
    </SpaceBetween>
  )
}

function Tags({ value, onChange, isTried }: StepProps) {
  return (
    <Container
      header={
        <Header variant="h2" info={<Info topic="tags" about="tags" />}>
          Tags - optional
        </Header>
      }
    >
      <TagRows rows={value.tags} showsAll={isTried} onChange={tags => onChange({ ...value, tags })} />
    </Container>
  )
}

import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { currentRegion } from '../../route/use-route.ts'
import { PolicyView } from '../../ui/policy-view.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { stsMessages } from '../../wire/sts-messages.ts'
import { useAct } from '../../wire/use-call.ts'

/** Decodes the encoded message of a denial, which has the values of the request. */
export function DecodeMessage() {
  const [message, setMessage] = useState('')
  const { mutate, data, error, isPending } = useAct(
    (EncodedMessage: string) =>
      stsMessages.decodeAuthorizationMessage({ EncodedMessage }, { region: currentRegion() }),
    [],
  )
  return (
    <ExpandableSection variant="container" headerText="Decode an authorization message">
      <SpaceBetween size="m">
        <FormField
          label="Encoded message"
          stretch
          description="A denial has it in the header x-keyward-encoded-authorization-message. It can be read for a day, by people of the account who have sts:DecodeAuthorizationMessage."
        >
          <Textarea
            value={message}
            rows={4}
            spellcheck={false}
            onChange={({ detail }) => setMessage(detail.value.trim())}
          />
        </FormField>
        <Button
          loading={isPending}
          disabled={message === ''}
          {...(message === '' && { disabledReason: 'Paste an encoded message first.' })}
          onClick={() => mutate(message)}
        >
          Decode
        </Button>
        {error !== null && <ErrorAlert error={error} action="sts:DecodeAuthorizationMessage" />}
        {data !== undefined && <PolicyView text={data.DecodedMessage ?? ''} label="authorization message" />}
      </SpaceBetween>
    </ExpandableSection>
  )
}

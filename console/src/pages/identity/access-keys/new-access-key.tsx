import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import { accessKeyFile } from '../../../model/iam/access-key-file.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { Copied } from '../../../ui/copied.tsx'
import { Copy } from '../../../ui/copy.tsx'
import { downloadText } from '../../../ui/download.ts'
import { FormModal } from '../../../ui/form-modal.tsx'
import { iamAccessKeys } from '../../../wire/iam/access-keys.ts'
import { useAct } from '../../../wire/use-call.ts'

interface NewAccessKeyProps {
  readonly userName: string
  readonly onClose: () => void
}

/** Makes an access key and shows its secret, once. Nothing keeps the secret after the form is closed. */
export function NewAccessKey({ userName, onClose }: NewAccessKeyProps) {
  const create = useAct(() => iamAccessKeys.createAccessKey({ UserName: userName }), ['ListAccessKeys'], {
    hasSecret: true,
  })
  const { AccessKeyId: id, SecretAccessKey: secret } = create.data?.AccessKey ?? {}
  if (id !== undefined && secret !== undefined)
    return <Made userName={userName} id={id} secret={secret} onClose={onClose} />
  return (
    <Confirm
      title="Create access key"
      action="Create access key"
      isBusy={create.isPending}
      error={create.error}
      onCancel={onClose}
      onConfirm={() => create.mutate(undefined)}
    >
      <Box>
        A program with the key can do everything that <b>{userName}</b> may. Where a program can take on a
        role, temporary credentials are safer.
      </Box>
    </Confirm>
  )
}

interface MadeProps extends NewAccessKeyProps {
  readonly id: string
  readonly secret: string
}

function Made({ userName, id, secret, onClose }: MadeProps) {
  const [isShown, setShown] = useState(false)
  const csv = () => downloadText(`${userName}_accessKeys.csv`, accessKeyFile(id, secret))
  return (
    <FormModal title="Access key created" action="Done" cancel="Close" onConfirm={onClose} onCancel={onClose}>
      <Alert type="warning">
        This is the only time that the secret can be seen or downloaded. A lost one is replaced by a new key.
      </Alert>
      <FormField label="Access key ID">
        <Copied text={id} label="Copy access key ID" />
      </FormField>
      <FormField label="Secret access key">
        <span className="id-text">
          <Copy text={secret} label="Copy secret access key" /> {isShown ? secret : '•'.repeat(secret.length)}{' '}
          <Button variant="inline-link" formAction="none" onClick={() => setShown(!isShown)}>
            {isShown ? 'Hide' : 'Show'}
          </Button>
        </span>
      </FormField>
      <Button formAction="none" iconName="download" onClick={csv}>
        Download .csv file
      </Button>
    </FormModal>
  )
}

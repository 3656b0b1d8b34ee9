import Box from '@cloudscape-design/components/box'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { flash } from '../../ui/flash.ts'
import { ec2 } from '../../wire/ec2.ts'
import { useAct } from '../../wire/use-call.ts'

/** Deletes an endpoint, for somebody who types its id. */
export function DeleteEndpoint({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const end = useAct(async () => {
    const { unsuccessful = [] } = await ec2.deleteVpcEndpoints(
      { VpcEndpointId: [id] },
      { region: currentRegion() },
    )
    const reason = unsuccessful[0]?.error?.message
    if (reason !== undefined) throw new Error(reason)
  }, ['DescribeVpcEndpoints'])
  return (
    <Confirm
      title="Delete endpoint"
      action="Delete"
      typed={id}
      isBusy={end.isPending}
      error={end.error}
      onCancel={onClose}
      onConfirm={() =>
        end.mutate(undefined, {
          onSuccess: () => {
            flash.success(`The endpoint ${id} is being deleted.`)
            navigate(href('endpoints'))
          },
        })
      }
    >
      <Box>
        Its addresses close, and the clients in the network <b>lose their way to this server</b> at once.
      </Box>
    </Confirm>
  )
}

import Box from '@cloudscape-design/components/box'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { ActModal } from '../../ui/act-modal.tsx'
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
    <ActModal
      title="Delete endpoint"
      action="Delete"
      typed={id}
      act={end}
      done={`The endpoint ${id} is being deleted.`}
      onDone={() => navigate(href('endpoints'))}
      onClose={onClose}
    >
      <Box>
        Its addresses close, and the clients in the network <b>lose their way to this server</b> at once.
      </Box>
    </ActModal>
  )
}

import type { Infer } from '../../std/index.ts'
import type { ProxyOperation } from './proxy-operation.ts'
import { healthRequest } from './request-shapes.ts'

/** Reports whether the keys behind the proxy can be used. It needs a signature and no further permission. */
export const GetHealthStatus: ProxyOperation<Infer<typeof healthRequest>> = {
  name: 'GetHealthStatus',
  pathPart: 'health',
  isOnKey: false,
  usesKey: false,
  input: healthRequest,
  async handle({ health }) {
    const { status, version } = await health()
    const model = `Keyward ${version}`
    return {
      output: {
        xksProxyFleetSize: 1,
        xksProxyVendor: 'Keyward',
        xksProxyModel: model,
        ekmVendor: 'Keyward',
        ekmFleetDetails: [{ id: 'keyward', model, healthStatus: status }],
      },
    }
  },
}

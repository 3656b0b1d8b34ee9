import { service } from '../../operation/index.ts'
import { LookupEvents } from './events/LookupEvents.ts'
import { ListChannels } from './lake/ListChannels.ts'
import { ListDashboards } from './lake/ListDashboards.ts'
import { ListEventDataStores } from './lake/ListEventDataStores.ts'
import { ListImports } from './lake/ListImports.ts'
import { operationsNotBuilt } from './not-built.ts'
import { ListPublicKeys } from './public-keys/ListPublicKeys.ts'
import { requestQuotas } from './request-quotas.ts'
import { GetEventSelectors } from './selectors/GetEventSelectors.ts'
import { GetInsightSelectors } from './selectors/GetInsightSelectors.ts'
import { PutEventSelectors } from './selectors/PutEventSelectors.ts'
import { PutInsightSelectors } from './selectors/PutInsightSelectors.ts'
import { AddTags } from './tags/AddTags.ts'
import { ListTags } from './tags/ListTags.ts'
import { RemoveTags } from './tags/RemoveTags.ts'
import { CreateTrail } from './trails/CreateTrail.ts'
import { DeleteTrail } from './trails/DeleteTrail.ts'
import { DescribeTrails } from './trails/DescribeTrails.ts'
import { GetTrail } from './trails/GetTrail.ts'
import { GetTrailStatus } from './trails/GetTrailStatus.ts'
import { ListTrails } from './trails/ListTrails.ts'
import { StartLogging } from './trails/StartLogging.ts'
import { StopLogging } from './trails/StopLogging.ts'
import { UpdateTrail } from './trails/UpdateTrail.ts'

/** The service AWS CloudTrail: all operations that this version has. Their doc sentences follow AWS's API reference. */
export const cloudtrail = service({
  name: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  protocol: 'json',
  targetPrefix: 'CloudTrail_20131101',
  otherTargetPrefixes: ['com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'],
  capitalizesErrorTexts: true,
  faultCode: 'InternalFailure',
  requestQuotas,
  notBuilt: operationsNotBuilt,
  operations: [
    AddTags,
    CreateTrail,
    DeleteTrail,
    DescribeTrails,
    GetEventSelectors,
    GetInsightSelectors,
    GetTrail,
    GetTrailStatus,
    ListChannels,
    ListDashboards,
    ListEventDataStores,
    ListImports,
    ListPublicKeys,
    ListTags,
    ListTrails,
    LookupEvents,
    PutEventSelectors,
    PutInsightSelectors,
    RemoveTags,
    StartLogging,
    StopLogging,
    UpdateTrail,
  ],
})

export type { CloudTrailTools, HistoryPage, HistoryQuery } from './operation.ts'

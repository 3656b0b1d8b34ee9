import { boolean, enumeration, integer, list, required, string, structure } from '../../std/index.ts'
import { pageInput, pageOutput } from './paging.ts'
import { arnType, groupNameType, policyDocumentType, policyNameType } from './shapes.ts'

const resourceNameType = string({ min: 1, max: 2048 })
const decisionType = enumeration(['allowed', 'explicitDeny', 'implicitDeny'])
export const policyListType = list(policyDocumentType)

/** What both simulators take. */
export const simulationInput = {
  PermissionsBoundaryPolicyInputList: policyListType,
  ActionNames: required(list(string({ min: 3, max: 128 }))),
  ResourceArns: list(resourceNameType),
  ResourcePolicy: policyDocumentType,
  ResourceOwner: resourceNameType,
  CallerArn: resourceNameType,
  ContextEntries: list(
    structure({
      ContextKeyName: required(string({ min: 5, max: 256 })),
      ContextKeyValues: required(list(string())),
      ContextKeyType: enumeration([
        'string',
        'stringList',
        'numeric',
        'numericList',
        'boolean',
        'booleanList',
        'ip',
        'ipList',
        'binary',
        'binaryList',
        'date',
        'dateList',
      ]),
    }),
  ),
  ResourceHandlingOption: string({ min: 1, max: 64 }),
  ...pageInput,
}

export const policyExclusionsType = list(
  structure({
    PolicyType: enumeration(['inline', 'aws-managed', 'user-managed', 'permission-boundary', 'scp', 'rcp']),
    PolicyArn: arnType,
    InlinePolicyIdentifier: structure({
      PolicyName: required(policyNameType),
      AttachmentType: required(enumeration(['user', 'group', 'role'])),
      AttachmentName: required(groupNameType),
    }),
  }),
  { max: 256 },
)

export const organizationPoliciesType = list(structure({ ServiceControlPolicyInputList: policyListType }), {
  max: 7,
})

export const simulationOutput = structure({
  EvaluationResults: required(
    list(
      structure({
        EvalActionName: required(string()),
        EvalResourceName: required(string()),
        EvalDecision: required(decisionType),
        MatchedStatements: required(
          list(
            structure({
              SourcePolicyId: required(string()),
              SourcePolicyType: required(string()),
              StartPosition: structure({ Line: integer(), Column: integer() }),
              EndPosition: structure({ Line: integer(), Column: integer() }),
            }),
          ),
        ),
        MissingContextValues: required(list(string())),
        OrganizationsDecisionDetail: structure({ AllowedByOrganizations: required(boolean()) }),
        PermissionsBoundaryDecisionDetail: structure({ AllowedByPermissionsBoundary: required(boolean()) }),
      }),
    ),
  ),
  ...pageOutput,
})

// What AWS's SDK can read and this server does not answer, and why. Names as in answers.test.ts: by
// operation, but for the structures that several operations answer.

const customKeyStores = 'there are no custom key stores'

/** Not declared by our outputs. */
export const absentOutputs: Readonly<Record<string, string>> = {
  'KeyMetadata/CustomKeyStoreId': customKeyStores,
  'KeyMetadata/CloudHsmClusterId': customKeyStores,
  'KeyMetadata/XksKeyConfiguration': customKeyStores,
  'KeyMetadata/XksKeyConfiguration/Id': customKeyStores,
}

/** Declared, but never answered. */
export const unansweredOutputs: Readonly<Record<string, string>> = {
  'GetKeyRotationStatus OnDemandRotationStartDate': 'a rotation on demand is done before it is answered',
  'ListKeyPolicies NextMarker': 'a key has one policy',
}

/** Not marked sensitive in AWS's model, but kept out of messages and logs: whoever reads one can use it. */
export const hiddenPlaces: readonly string[] = ['GrantTokens', 'GrantToken']

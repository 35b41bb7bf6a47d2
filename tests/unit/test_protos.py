"""TorchServe's protocol, of which we declare what we use."""


def test_torchserve_is_redeclared_with_its_own_names_and_numbers():
    # Source: inference.proto of pytorch/serve v0.12.0
    from gateway.fleet.pb import torchserve_pb2 as pb

    service = pb.DESCRIPTOR.services_by_name["InferenceAPIsService"]
    assert service.full_name == "org.pytorch.serve.grpc.inference.InferenceAPIsService"
    fields = {field.name: field.number for field in pb.PredictionsRequest.DESCRIPTOR.fields}
    assert fields == {"model_name": 1, "model_version": 2, "input": 3}
    assert {field.name: field.number for field in pb.PredictionResponse.DESCRIPTOR.fields} == {"prediction": 1}

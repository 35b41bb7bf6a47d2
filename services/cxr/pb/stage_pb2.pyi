from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Radiograph(_message.Message):
    __slots__ = ("side", "pixels")
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PIXELS_FIELD_NUMBER: _ClassVar[int]
    side: int
    pixels: bytes
    def __init__(self, side: _Optional[int] = ..., pixels: _Optional[bytes] = ...) -> None: ...

class Describe(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StageRequest(_message.Message):
    __slots__ = ("request_id", "radiograph", "describe")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RADIOGRAPH_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    radiograph: Radiograph
    describe: Describe
    def __init__(self, request_id: _Optional[str] = ..., radiograph: _Optional[_Union[Radiograph, _Mapping]] = ..., describe: _Optional[_Union[Describe, _Mapping]] = ...) -> None: ...

class Declared(_message.Message):
    __slots__ = ("words", "scheme", "code")
    WORDS_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    words: str
    scheme: str
    code: str
    def __init__(self, words: _Optional[str] = ..., scheme: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class Description(_message.Message):
    __slots__ = ("stage", "version", "digest", "side", "population", "region", "operating_points", "precision", "declared")
    class OperatingPointsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class DeclaredEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Declared
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Declared, _Mapping]] = ...) -> None: ...
    STAGE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    OPERATING_POINTS_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    stage: str
    version: str
    digest: str
    side: int
    population: str
    region: str
    operating_points: _containers.ScalarMap[str, float]
    precision: str
    declared: _containers.MessageMap[str, Declared]
    def __init__(self, stage: _Optional[str] = ..., version: _Optional[str] = ..., digest: _Optional[str] = ..., side: _Optional[int] = ..., population: _Optional[str] = ..., region: _Optional[str] = ..., operating_points: _Optional[_Mapping[str, float]] = ..., precision: _Optional[str] = ..., declared: _Optional[_Mapping[str, Declared]] = ...) -> None: ...

class Discrimination(_message.Message):
    __slots__ = ("in_distribution", "frontal", "upright", "positive", "refusal", "nearness")
    IN_DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    FRONTAL_FIELD_NUMBER: _ClassVar[int]
    UPRIGHT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    NEARNESS_FIELD_NUMBER: _ClassVar[int]
    in_distribution: float
    frontal: float
    upright: float
    positive: float
    refusal: str
    nearness: float
    def __init__(self, in_distribution: _Optional[float] = ..., frontal: _Optional[float] = ..., upright: _Optional[float] = ..., positive: _Optional[float] = ..., refusal: _Optional[str] = ..., nearness: _Optional[float] = ...) -> None: ...

class Lungs(_message.Message):
    __slots__ = ("side", "mask", "quality", "refusal", "fields")
    SIDE_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    side: int
    mask: bytes
    quality: float
    refusal: str
    fields: bytes
    def __init__(self, side: _Optional[int] = ..., mask: _Optional[bytes] = ..., quality: _Optional[float] = ..., refusal: _Optional[str] = ..., fields: _Optional[bytes] = ...) -> None: ...

class HeatMap(_message.Message):
    __slots__ = ("rows", "columns", "values")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    rows: int
    columns: int
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, rows: _Optional[int] = ..., columns: _Optional[int] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class Classification(_message.Message):
    __slots__ = ("classes", "findings", "heatmaps")
    class ClassesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class FindingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class HeatmapsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: HeatMap
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[HeatMap, _Mapping]] = ...) -> None: ...
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    HEATMAPS_FIELD_NUMBER: _ClassVar[int]
    classes: _containers.ScalarMap[str, float]
    findings: _containers.ScalarMap[str, float]
    heatmaps: _containers.MessageMap[str, HeatMap]
    def __init__(self, classes: _Optional[_Mapping[str, float]] = ..., findings: _Optional[_Mapping[str, float]] = ..., heatmaps: _Optional[_Mapping[str, HeatMap]] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("value", "low", "high")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Measurement(_message.Message):
    __slots__ = ("estimates", "heatmaps", "in_distribution", "nearness", "refusal")
    class EstimatesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Estimate
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Estimate, _Mapping]] = ...) -> None: ...
    class HeatmapsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: HeatMap
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[HeatMap, _Mapping]] = ...) -> None: ...
    ESTIMATES_FIELD_NUMBER: _ClassVar[int]
    HEATMAPS_FIELD_NUMBER: _ClassVar[int]
    IN_DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    NEARNESS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    estimates: _containers.MessageMap[str, Estimate]
    heatmaps: _containers.MessageMap[str, HeatMap]
    in_distribution: float
    nearness: float
    refusal: str
    def __init__(self, estimates: _Optional[_Mapping[str, Estimate]] = ..., heatmaps: _Optional[_Mapping[str, HeatMap]] = ..., in_distribution: _Optional[float] = ..., nearness: _Optional[float] = ..., refusal: _Optional[str] = ...) -> None: ...

class Fault(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class StageReply(_message.Message):
    __slots__ = ("fault", "description", "discrimination", "lungs", "classification", "measurement", "digest", "predict_ms")
    FAULT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DISCRIMINATION_FIELD_NUMBER: _ClassVar[int]
    LUNGS_FIELD_NUMBER: _ClassVar[int]
    CLASSIFICATION_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    PREDICT_MS_FIELD_NUMBER: _ClassVar[int]
    fault: Fault
    description: Description
    discrimination: Discrimination
    lungs: Lungs
    classification: Classification
    measurement: Measurement
    digest: str
    predict_ms: float
    def __init__(self, fault: _Optional[_Union[Fault, _Mapping]] = ..., description: _Optional[_Union[Description, _Mapping]] = ..., discrimination: _Optional[_Union[Discrimination, _Mapping]] = ..., lungs: _Optional[_Union[Lungs, _Mapping]] = ..., classification: _Optional[_Union[Classification, _Mapping]] = ..., measurement: _Optional[_Union[Measurement, _Mapping]] = ..., digest: _Optional[str] = ..., predict_ms: _Optional[float] = ...) -> None: ...

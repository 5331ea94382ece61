"""pydantic models for the input and the output.

The configuration and the variables of a test case are validated when they arrive: a mistake in them
fails that test case with an error that names the field. The result may be a model too.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Dict, List

from pydantic import BaseModel, Field


class Config(BaseModel):
    currency: str = Field(min_length=3, max_length=3)
    days_to_pay: int = 30


class Item(BaseModel):
    name: str
    price: Decimal
    quantity: int = Field(gt=0)


class Order(BaseModel):
    customer: str
    placed: date
    items: List[Item]


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Invoice(BaseModel):
    customer: str
    total: Decimal
    currency: str
    due: date
    size: Size


class Response(BaseModel):
    output: Invoice
    metadata: Dict[str, int]


def call_api(prompt, options, context):
    config = Config.model_validate(options["config"])
    order = Order.model_validate(context["vars"]["order"])
    total = sum(item.price * item.quantity for item in order.items)
    invoice = Invoice(
        customer=order.customer,
        total=total,
        currency=config.currency,
        due=order.placed + timedelta(days=config.days_to_pay),
        size=Size.LARGE if total >= 100 else Size.SMALL,
    )
    return Response(output=invoice, metadata={"items": len(order.items)})

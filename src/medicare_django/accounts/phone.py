import phonenumbers
from django.core.exceptions import ValidationError


def normal_phone_number(text: str) -> str:
    """Return the number in E.164, such as +493012345678.

    Raises ValidationError: there is no country to assume, so a number starts with + and its code.
    """
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise ValidationError(
            "Enter a phone number with its country code, such as +49 30 1234567.", code="invalid"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

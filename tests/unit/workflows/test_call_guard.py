"""Which requests by hand the guard of owned servers looks at."""

from ccloud_apply.load.request.document import read_operations
from ccloud_apply.workflows.call.guard import OF_MANY

OF_NO_SERVER = {
    "set_subscription_display_name",
    "set_customer_addon",
    "delete_customer_addon",
}


def test_every_change_names_its_server_or_is_known_to_concern_many_or_none() -> None:
    nameless = {
        operation.id
        for operation in read_operations().values()
        if operation.is_change
        and "hostname" not in operation.parameters_in("path")
        and "hostname" not in operation.fields
    }
    assert nameless == OF_NO_SERVER | OF_MANY

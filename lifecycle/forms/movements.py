"""What service costs."""

from django import forms

from lifecycle.models import ServiceCost


class ServiceCostForm(forms.ModelForm[ServiceCost]):
    class Meta:
        model = ServiceCost
        fields = ("hourly_rate", "minutes_per_ticket")
